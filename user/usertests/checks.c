/* Messages of tests that fail, and where they stand on the screen. */
#include "usertests.h"

static bool broken;

void break_line(void)
{
  if (!broken)
    printf("\n");
  broken = true;
}

bool line_is_broken(void)
{
  return broken;
}

void fail(const char *file, int line, const char *untrue)
{
  break_line();
  printf("  %s:%d: not true: %s\n", file, line, untrue);
  exit(FAILED_STATUS);
}

void must_be_equal(const char *file, int line, const char *what, long got,
                   long wanted)
{
  if (got == wanted)
    return;
  break_line();
  printf("  %s:%d: %s is %ld, not %ld\n", file, line, what, got, wanted);
  exit(FAILED_STATUS);
}
