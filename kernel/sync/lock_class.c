#include "sync/lock_class.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

/* By number; each is set once, in order, by an atomic. */
static const char *names[LOCK_CLASSES];

struct total {
  const char *name;
  struct lock_count count;
};

const char *lock_class_name(uint class)
{
  return __atomic_load_n(&names[class], __ATOMIC_ACQUIRE);
}

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

static struct lock_count sum_of(uint class)
{
  struct lock_count sum = {0};
  for (int i = 0; i < nharts; i++) {
    struct lock_count *count = &harts[i].lock_count[class];
    sum.tries += __atomic_load_n(&count->tries, __ATOMIC_RELAXED);
    sum.spins += __atomic_load_n(&count->spins, __ATOMIC_RELAXED);
  }
  return sum;
}

static bool is_busier(const struct total *a, const struct total *b)
{
  if (a->count.spins != b->count.spins)
    return a->count.spins > b->count.spins;
  return a->count.tries > b->count.tries;
}

/* Sum up all that were taken, the busiest first. Their number. */
static uint rank(struct total total[LOCK_CLASSES])
{
  uint n = 0;
  for (uint class = 1; class < LOCK_CLASSES; class ++) {
    struct total next = {lock_class_name(class), sum_of(class)};
    if (next.count.tries == 0)
      continue;
    uint place = n++;
    for (; place > 0 && is_busier(&next, &total[place - 1]); place--)
      total[place] = total[place - 1];
    total[place] = next;
  }
  return n;
}

size_t lock_class_report(char *text, size_t room)
{
  static struct total total[LOCK_CLASSES];
  uint n = rank(total);
  size_t length = 0;

  text[0] = '\0';
  for (uint i = 0; i < n && length < room - 1; i++)
    length += format_text(text + length, room - length,
                          "lock %s: tries %lu spins %lu\n", total[i].name,
                          total[i].count.tries, total[i].count.spins);
  return min_u64(length, room - 1);
}
