/* Strings, bytes and numbers of the user library, on the host. */
#include "tests/host/check.h"
#include "user/lib/host_names.h"
#include "user/lib/string.c"
#include "user/lib/number.c"

#define ROOM 64

/* What the tests move bytes in, with a copy moved by simple means. */
static uchar bytes[ROOM], expected[ROOM];

static void fill(void)
{
  for (int i = 0; i < ROOM; i++)
    bytes[i] = expected[i] = (uchar)(i * 37 + 1);
}

static int as_expected(void)
{
  for (int i = 0; i < ROOM; i++)
    if (bytes[i] != expected[i])
      return 0;
  return 1;
}

/* Every distance, phase and length that fits. */
static void moves_at_all_phases(void)
{
  int wrong = 0;

  for (int to = 0; to < 24; to++)
    for (int from = 0; from < 24; from++)
      for (int length = 0; length <= ROOM - 24; length++) {
        uchar moved[ROOM];
        fill();
        for (int i = 0; i < length; i++)
          moved[i] = bytes[from + i];
        for (int i = 0; i < length; i++)
          expected[to + i] = moved[i];
        if (memmove(bytes + to, bytes + from, length) != bytes + to ||
            !as_expected())
          wrong++;
      }
  CHECK_EQ(wrong, 0);
}

static void sets_at_all_phases(void)
{
  int wrong = 0;

  for (int to = 0; to < 16; to++)
    for (int length = 0; length <= ROOM - 16; length++) {
      fill();
      for (int i = 0; i < length; i++)
        expected[to + i] = 0xA5;
      if (memset(bytes + to, -0x5B, (uint)length) != bytes + to ||
          !as_expected())
        wrong++;
    }
  CHECK_EQ(wrong, 0);
}

static void negative_move_does_nothing(void)
{
  fill();
  CHECK(memmove(bytes, bytes + 8, -1) == bytes);
  CHECK(as_expected());
}

static void compares_as_unsigned(void)
{
  CHECK(memcmp("a\x80", "a\x7f", 2) > 0);
  CHECK_EQ(memcmp("same", "sane", 2), 0);
  CHECK_EQ(memcmp("a", "b", 0), 0);
  CHECK(strcmp("\x80", "a") > 0);
  CHECK(strcmp("ab", "abc") < 0);
  CHECK_EQ(strcmp("", ""), 0);
}

static void finds_characters(void)
{
  const char *text = "path/name";

  CHECK(strchr(text, '/') == text + 4);
  CHECK(strchr(text, 'q') == NULL);
  CHECK(strchr(text, '\0') == text + 9);
  CHECK_EQ(strlen(text), 9);
}

static void copies_strings(void)
{
  char copy[8] = "1234567";

  CHECK(strcpy(copy, "abc") == copy);
  CHECK_EQ(memcmp(copy,
                  "abc\0"
                  "567",
                  8),
           0);
}

static void reads_numbers_leniently(void)
{
  CHECK_EQ(atoi("42"), 42);
  CHECK_EQ(atoi(" \t-17 rest"), -17);
  CHECK_EQ(atoi("+5"), 5);
  CHECK_EQ(atoi("-2147483648"), -2147483647 - 1);
  CHECK_EQ(atoi("x1"), 0);
  CHECK_EQ(atoi(""), 0);
}

static void reads_numbers_strictly(void)
{
  int value = 9;

  CHECK_EQ(parse_number("", &value), -1);
  CHECK_EQ(parse_number("-1", &value), -1);
  CHECK_EQ(parse_number("1x", &value), -1);
  CHECK_EQ(parse_number("2147483648", &value), -1);
  CHECK_EQ(parse_number("99999999999999999999999999", &value), -1);
  CHECK_EQ(value, 9);
  CHECK_EQ(parse_number("2147483647", &value), 0);
  CHECK_EQ(value, 2147483647);
  CHECK_EQ(parse_number("007", &value), 0);
  CHECK_EQ(value, 7);
}

int main(void)
{
  RUN(moves_at_all_phases);
  RUN(sets_at_all_phases);
  RUN(negative_move_does_nothing);
  RUN(compares_as_unsigned);
  RUN(finds_characters);
  RUN(copies_strings);
  RUN(reads_numbers_leniently);
  RUN(reads_numbers_strictly);
  return check_result();
}
