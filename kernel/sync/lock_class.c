/* The classes of locks, and what `counters` tells of them. spinlock.c and
 * sleeplock.c count. Read lock_class.h before. */
#include "sync/lock_class.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

/* By number; each is set once, in order, by an atomic. */
static const char *names[LOCK_CLASSES];

uint lock_class(const char *name)
{
  for (uint class = 1; class < LOCK_CLASSES; class ++) {
    const char *there = NULL;
    if (__atomic_compare_exchange_n(&names[class], &there, name, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
        there == name || strcmp(there, name) == 0)
      return class;
  }
  panic("lock %s: too many classes of locks", name);
}

const char *lock_class_name(uint class)
{
  return __atomic_load_n(&names[class], __ATOMIC_ACQUIRE);
}

static bool is_busier(struct lock_count a, struct lock_count b)
{
  if (a.spins != b.spins)
    return a.spins > b.spins;
  return a.tries > b.tries;
}

size_t lock_class_report(char *text, size_t room)
{
  struct lock_count total[LOCK_CLASSES] = {0};
  size_t length = 0;
  uint busiest;

  for (uint class = 1; class < LOCK_CLASSES; class ++) {
    total[class].tries = HARTS_SUM(lock_count[class].tries);
    total[class].spins = HARTS_SUM(lock_count[class].spins);
  }

  text[0] = '\0';
  do {
    busiest = 0;
    for (uint class = 1; class < LOCK_CLASSES; class ++)
      if (is_busier(total[class], total[busiest]))
        busiest = class;
    if (busiest != 0)
      length += format_text(text + length, room - length,
                            "lock %s: tries %lu spins %lu\n", names[busiest],
                            total[busiest].tries, total[busiest].spins);
    total[busiest] = (struct lock_count){0};
  } while (busiest != 0 && length < room - 1);
  return min_u64(length, room - 1);
}
