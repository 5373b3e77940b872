/* The user library's printf, on the host. */
#include "tests/host/check.h"
#include "user/lib/host_names.h"
#define printf user_printf
#include "user/lib/string.c"
#include "user/lib/fd_write_all.c"
#include "user/lib/printf.c"
#undef printf

#define ROOM 2048

/* What was written, to which descriptor, in how many calls; and the most that
 * one call takes. */
static char written[ROOM];
static int nwritten, last_fd, ncalls, call_max;

int write(int fd, const void *buf, int nbytes)
{
  int done = nbytes < call_max ? nbytes : call_max;

  last_fd = fd;
  ncalls++;
  if (done == 0 && nbytes > 0)
    return -1;
  memcpy(written + nwritten, buf, (uint)done);
  nwritten += done;
  written[nwritten] = '\0';
  return done;
}

static void start(void)
{
  nwritten = ncalls = 0;
  written[0] = '\0';
  call_max = ROOM;
}

/* Print, and compare with the text that is expected. */
#define CHECK_PRINTS(text, ...)                                                \
  do {                                                                         \
    start();                                                                   \
    CHECK_EQ(user_printf(__VA_ARGS__), strlen(text));                          \
    CHECK_EQ(strcmp(written, text), 0);                                        \
  } while (0)

static void prints_ints(void)
{
  CHECK_PRINTS("0 -1 17", "%d %d %d", 0, -1, 17);
  CHECK_PRINTS("-2147483648", "%d", -2147483647 - 1);
  CHECK_PRINTS("4294967295", "%u", ~0u);
  CHECK_PRINTS("deadbeef 0", "%x %x", 0xdeadbeef, 0);
}

static void prints_longs(void)
{
  CHECK_PRINTS("-9223372036854775808", "%ld", -0x7fffffffffffffffl - 1);
  CHECK_PRINTS("18446744073709551615", "%lu", ~0ul);
  CHECK_PRINTS("ffffffffffffffff", "%lx", ~0ul);
  CHECK_PRINTS("-5 6 c", "%lld %llu %llx", -5ll, 6ull, 12ull);
  CHECK_PRINTS("4294967296.", "%l.", 0x100000000ul);
  CHECK_PRINTS("7", "%l", 7ul);
}

static void prints_the_rest(void)
{
  CHECK_PRINTS("0x0000003fffffe000", "%p", (void *)0x3fffffe000ul);
  CHECK_PRINTS("a word, (null)", "%c %s, %s", 'a', "word", (char *)0);
  CHECK_PRINTS("100%", "%d%%", 100);
  CHECK_PRINTS("%q and %", "%q and %");
  CHECK_PRINTS("", "");
}

static void line_is_one_write(void)
{
  start();
  CHECK_EQ(user_fprintf(2, "test %s: %d\nnext\n", "name", 5), 18);
  CHECK_EQ(ncalls, 1);
  CHECK_EQ(last_fd, 2);
}

static void long_text_is_whole(void)
{
  char text[1001];

  memset(text, 'x', 1000);
  text[1000] = '\0';
  CHECK_PRINTS(text, "%s", text);
  CHECK_EQ(ncalls, 4);
  text[BUFFER_SIZE] = '\0';
  CHECK_PRINTS(text, "%s", text);
  CHECK_EQ(ncalls, 1);
}

static void short_writes_go_on(void)
{
  start();
  call_max = 3;
  CHECK_EQ(user_printf("0123456789"), 10);
  CHECK_EQ(strcmp(written, "0123456789"), 0);
  CHECK_EQ(ncalls, 4);
}

static void failure_is_told(void)
{
  start();
  call_max = 0;
  CHECK_EQ(user_printf("lost"), -1);
}

int main(void)
{
  RUN(prints_ints);
  RUN(prints_longs);
  RUN(prints_the_rest);
  RUN(line_is_one_write);
  RUN(long_text_is_whole);
  RUN(short_writes_go_on);
  RUN(failure_is_told);
  return check_result();
}
