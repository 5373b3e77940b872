/* Conversions, widths and bounds of format_text. */
#include "lib/print.h"
#include <stdlib.h>
#include <string.h>
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "tests/host/check.h"

#define CHECK_TEXT(expected, ...)                                              \
  do {                                                                         \
    char text_[64];                                                            \
    size_t length_ = format_text(text_, sizeof(text_), __VA_ARGS__);           \
    CHECK_EQ(length_, strlen(expected));                                       \
    CHECK(strcmp(text_, expected) == 0);                                       \
  } while (0)

bool host_irqs_on;
static const char *volatile no_text;
static const char *volatile cut_format = "50%0"; /* ends in a conversion */

static void test_numbers(void)
{
  CHECK_TEXT("0", "%d", 0);
  CHECK_TEXT("-2147483648", "%d", -2147483647 - 1);
  CHECK_TEXT("4294967295", "%u", 4294967295U);
  CHECK_TEXT("ffffffff", "%x", -1);
  CHECK_TEXT("-9223372036854775808", "%ld", -9223372036854775807L - 1);
  CHECK_TEXT("18446744073709551615", "%lu", ~0UL);
  CHECK_TEXT("deadbeef00000001", "%lx", 0xDEADBEEF00000001UL);
}

static void test_widths(void)
{
  CHECK_TEXT("   42", "%5d", 42);
  CHECK_TEXT("  -42", "%5d", -42);
  CHECK_TEXT("-0042", "%05d", -42);
  CHECK_TEXT("123456", "%3d", 123456);
  CHECK_TEXT("00000000000000ab", "%016lx", 0xABUL);
  CHECK_TEXT("   ab", "%5s", "ab");
}

static void test_others(void)
{
  CHECK_TEXT("0x0000000080000000", "%p", (void *)0x80000000UL);
  CHECK_TEXT("a%b", "%c%%%c", 'a', 'b');
  CHECK_TEXT("(null)", "%s", no_text);
  CHECK_TEXT("50", cut_format, 1);
  CHECK_TEXT("x 1 y", "%s %d %s", "x", 1, "y");
}

static void test_room(void)
{
  char text[4] = "zzz";

  CHECK_EQ(format_text(text, sizeof(text), "%s", "abcdef"), 6);
  CHECK(strcmp(text, "abc") == 0);
  CHECK_EQ(format_text(text, 1, "%d", 12), 2);
  CHECK(strcmp(text, "") == 0);
  text[0] = 'q';
  CHECK_EQ(format_text(text, 0, "%d", 12), 2);
  CHECK(text[0] == 'q');
}

struct hart harts[NCPU];

bool panicked(void)
{
  return false;
}

void panic_stop(void)
{
  abort(); /* there is no other hart that prints for good */
}

static char printed[64];
static size_t nprinted;

void uart_put_now(char c)
{
  if (nprinted < sizeof(printed) - 1)
    printed[nprinted++] = c;
}

void uart_send_queued(void)
{
  uart_put_now('<');
}

static void test_output(void)
{
  printk("%s %d\n", "hart", 3);
  CHECK(strcmp(printed, "<hart 3\n") == 0);
}

/* A panic in the midst of a message does not wait for its end. */
static void test_last_words(void)
{
  memset(printed, 0, nprinted);
  nprinted = 0;
  print_hold(); /* the message */
  print_hold(); /* the panic */
  printk("a");
  printk("b");
  CHECK(strcmp(printed, "<a<b") == 0);
}

int main(void)
{
  RUN(test_numbers);
  RUN(test_widths);
  RUN(test_others);
  RUN(test_room);
  RUN(test_output);
  RUN(test_last_words);
  return check_result();
}
