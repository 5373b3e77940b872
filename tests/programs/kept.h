/* What there is as much of after a test as before, for the programs that count
 * it: sysfuzz and failalloc. */
#ifndef PROGRAMS_KEPT_H
#define PROGRAMS_KEPT_H

#include <stdbool.h>
#include "kernel/types.h"
#include "user/user.h"
#include "user/lib/util.h"

/* By their names in the counters. */
static const char *const kept_names[] = {"pages_free", "pages_reserved",
                                         "files_open", "inodes_held"};

#define NKEPT (int)(sizeof(kept_names) / sizeof(kept_names[0]))

/* Note the numbers once they are the same twice: a shell that has just started
 * the program may have a page too many for a moment, while it gets its own copy
 * of a shared one. */
static inline void kept_note(int values[NKEPT])
{
  int same = 0;

  memset(values, -1, NKEPT * sizeof(values[0]));
  for (; same < NKEPT; pause(1)) {
    same = 0;
    for (int i = 0; i < NKEPT; i++) {
      int now = counter_value(kept_names[i]);
      same += now == values[i];
      values[i] = now;
    }
  }
}

/* Whether they come back to what was noted; init may take so many ticks to reap
 * orphans. What does not is told. */
static inline bool kept_is_back(const char *program, const int before[NKEPT],
                                int patience_ticks)
{
  bool all = true;

  for (int i = 0; i < NKEPT; i++) {
    int after = counter_value(kept_names[i]);
    for (int ticks = 0; after != before[i] && ticks < patience_ticks; ticks++) {
      pause(1);
      after = counter_value(kept_names[i]);
    }
    if (after != before[i])
      printf("%s: %s: %d before, %d after\n", program, kept_names[i], before[i],
             after);
    all = all && after == before[i];
  }
  return all;
}

#endif
