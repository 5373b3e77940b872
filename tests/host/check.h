/* The few words in which host tests are written. A test is a function; main
 * RUNs each and returns check_result(). Every RUN prints a line "ok NAME" or
 * "FAILED NAME", which the test runner counts. */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include <stdio.h>

static int check_failures_here, check_failures_all;

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      check_failures_here++;                                                   \
      printf("  %s:%d: not true: %s\n", __FILE__, __LINE__, #condition);       \
    }                                                                          \
  } while (0)

#define CHECK_EQ(got, expected)                                                \
  do {                                                                         \
    long long got_ = (long long)(got), expected_ = (long long)(expected);      \
    if (got_ != expected_) {                                                   \
      check_failures_here++;                                                   \
      printf("  %s:%d: %s is %lld (0x%llx), not %lld (0x%llx)\n", __FILE__,    \
             __LINE__, #got, got_, got_, expected_, expected_);                \
    }                                                                          \
  } while (0)

#define RUN(test)                                                              \
  do {                                                                         \
    check_failures_here = 0;                                                   \
    test();                                                                    \
    printf("%s %s\n", check_failures_here ? "FAILED" : "ok", #test);           \
    fflush(stdout);                                                            \
    check_failures_all += check_failures_here;                                 \
  } while (0)

static inline int check_result(void)
{
  return check_failures_all ? 1 : 0;
}

#endif
