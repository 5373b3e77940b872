/* Tests of debug.c: what it takes for a word. How allocations fail is tested by
 * those of kernel/mm, how threads give way by tests/test_yield.py. */
#include "lib/debug.h"
#include <string.h>
#include "tests/host/check.h"
#include "tests/host/stubs.h"

static bool boot_says(const char *bootargs, const char *expected)
{
  printed_clear();
  debug_boot(bootargs);
  return strcmp(printed(), expected) == 0;
}

static void boot_looks_for_a_seed(void)
{
  const char *seen = "yields at random, seed 42\n";
  CHECK(boot_says("yield=42", seen));
  CHECK(boot_says("quiet  yield=0042 last", seen));
  CHECK(boot_says("yield=42 yield=7", seen));
  CHECK(boot_says("a yield=18446744073709551615",
                  "yields at random, seed 18446744073709551615\n"));
}

static void boot_passes_other_words(void)
{
  static const char *const words[] = {
      "",        " ",        "quiet",     "yield",    "yield=", "yield= 1",
      "yield=x", "yield=1x", "noyield=1", "xyield=1", "yiel=1", "ield=1"};
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    CHECK(boot_says(words[i], ""));
}

static void commands_are_whole(void)
{
  static const char *const bad[] = {"",        "fail",     "fail ",
                                    "fail x",  "fail1",    "fail 1x",
                                    "fail 1 ", "fail 1\n", "xfail 1"};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    CHECK_EQ(debug_command(bad[i]), -1);
  CHECK_EQ(page_fail_pending(), 0);
  CHECK_EQ(debug_command("fail 12"), 0);
  CHECK_EQ(page_fail_pending(), 12);
  CHECK_EQ(debug_command("fail 0"), 0);
  CHECK_EQ(page_fail_pending(), 0);
}

static void nth_allocation_fails(void)
{
  page_fail_nth(2);
  CHECK(!page_must_fail());
  CHECK(page_must_fail());
  CHECK(!page_must_fail());
}

int main(void)
{
  RUN(boot_looks_for_a_seed);
  RUN(boot_passes_other_words);
  RUN(commands_are_whole);
  RUN(nth_allocation_fails);
  return check_result();
}
