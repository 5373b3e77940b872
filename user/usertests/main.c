/* usertests [-q] [-c | -C] [NAME]: the tests of list.h, or its quick ones, or
 * one; -c begins again until a run fails, -C for ever. A run passes if its
 * tests do, no page is lost, and the kernel finds all address spaces right. */
#include "usertests.h"

struct test {
  const char *name;
  void (*body)(void);
  bool slow;
};

#define QUICK_ROW(name) {#name, test_##name, false},
#define SLOW_ROW(name) {#name, test_##name, true},
static const struct test tests[] = {TEST_LIST(QUICK_ROW, SLOW_ROW)};

/* Every test runs in this directory, made and removed by the runner. */
static const char playground[] = "/usertests.tmp";

static struct {
  bool quick;
  bool repeat;
  bool repeat_after_failure;
  const char *only; /* NULL: all */
} options;

/* How many of this many available pages are missing, after a while. */
static long pages_lost_of(uint64 before)
{
  long lost = (long)before - (long)available_pages();

  for (int i = 0; lost > 0 && i < SETTLING_TICKS; i++) {
    pause(1);
    lost = (long)before - (long)available_pages();
  }
  return lost;
}

static void clear_playground(uint64 unused)
{
  (void)unused;
  if (chdir(playground) == 0)
    empty_directory();
}

static bool remove_playground(void)
{
  return status_of(clear_playground, 0) == PASSED_STATUS &&
         unlink(playground) == 0;
}

static void pass_by(uint64 unused)
{
  (void)unused;
}

/* A test that failed may have left processes running. Pids rise: these are
 * newer than the test. */
static void kill_newer_than(int pid)
{
  int newest = must_spawn(pass_by, 0);

  MUST(wait(0) == newest);
  while (++pid < newest)
    kill(pid);
}

static int status_of_test(const struct test *test)
{
  int status = FAILED_STATUS;
  int pid;

  MUST(mkdir(playground) == 0);
  pid = fork();
  if (pid == 0) {
    MUST(chdir(playground) == 0);
    test->body();
    exit(line_is_broken() ? PASSED_ALOUD_STATUS : PASSED_STATUS);
  }
  MUST(pid > 0 && wait(&status) == pid);
  if (status != PASSED_STATUS && status != PASSED_ALOUD_STATUS)
    kill_newer_than(pid);
  return status;
}

/* The name comes first, so that a test that hangs is known; once more with
 * the verdict, if other text came between. */
static bool run_test(const struct test *test)
{
  uint64 before = available_pages();
  int status;
  bool removed, passed;
  long lost;

  printf("test %s: ", test->name);
  status = status_of_test(test);
  removed = remove_playground();
  lost = pages_lost_of(before);
  if (lost > 0)
    printf("\n  %ld pages are lost\n", lost);
  if (!removed)
    printf("\n  %s cannot be removed\n", playground);

  passed = (status == PASSED_STATUS || status == PASSED_ALOUD_STATUS) &&
           removed && lost <= 0;
  if (status != PASSED_STATUS || !passed)
    printf("test %s: ", test->name);
  printf(passed ? "OK\n" : "FAILED\n");
  return passed;
}

static bool is_chosen(const struct test *test)
{
  if (options.only)
    return strcmp(test->name, options.only) == 0;
  return !(options.quick && test->slow);
}

static bool run_chosen_tests(void)
{
  bool all_passed = true;

  for (int i = 0; i < COUNT_OF(tests); i++) {
    if (is_chosen(&tests[i]) && !run_test(&tests[i]))
      all_passed = false;
  }
  return all_passed;
}

static bool address_spaces_are_right(void)
{
  int breaches = ascheck();

  if (breaches != 0)
    printf("usertests: ascheck() finds %d breaches\n", breaches);
  return breaches == 0;
}

static bool run(void)
{
  uint64 bought, bought_after;
  bool passed;

  sync();
  bought = buyable_pages();
  passed = run_chosen_tests();
  sync();
  bought_after = buyable_pages();
  if (bought_after < bought) {
    printf("usertests: of %lu pages only %lu are free again\n", bought,
           bought_after);
    passed = false;
  }
  passed = address_spaces_are_right() && passed;
  printf(passed ? "ALL TESTS PASSED\n" : "SOME TESTS FAILED\n");
  return passed;
}

static void usage(const char *problem, const char *what)
{
  fprintf(2, "usertests: %s%s\n", problem, what);
  fprintf(2, "usage: usertests [-q] [-c | -C] [NAME]\n");
  exit(1);
}

static void read_option(const char *word)
{
  if (word[0] != '-')
    options.only = word;
  else if (strcmp(word, "-q") == 0)
    options.quick = true;
  else if (strcmp(word, "-c") == 0)
    options.repeat = true;
  else if (strcmp(word, "-C") == 0)
    options.repeat = options.repeat_after_failure = true;
  else
    usage("unknown option ", word);
}

static bool any_is_chosen(void)
{
  for (int i = 0; i < COUNT_OF(tests); i++) {
    if (is_chosen(&tests[i]))
      return true;
  }
  return false;
}

int main(int argc, char **argv)
{
  bool passed;

  for (int i = 1; i < argc; i++)
    read_option(argv[i]);
  if (!any_is_chosen())
    usage("there is no test ", options.only);
  if (exists(playground) && !remove_playground())
    usage("there is something else in ", playground);

  do {
    passed = run();
  } while (options.repeat && (passed || options.repeat_after_failure));
  exit(passed ? 0 : 1);
}
