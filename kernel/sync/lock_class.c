/* Classes of locks with their counters; in debug builds the order in which
 * locks are taken, and changes of thread at random. spinlock.c and sleeplock.c
 * call all of it. Read lock_class.h before.
 *
 * The order is a graph of classes, which only grows. A pair is added under a
 * lock of the graph's own; no lock is needed to see that it is there. */
#include "sync/lock_class.h"
#include "arch/hart.h"
#include "kernel/param.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

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

struct total {
  const char *name;
  uint64 tries, spins;
};

static bool is_busier(const struct total *a, const struct total *b)
{
  if (a->spins != b->spins)
    return a->spins > b->spins;
  return a->tries > b->tries;
}

size_t lock_class_report(char *text, size_t room)
{
  static struct total total[LOCK_CLASSES]; /* the busiest first */
  uint n = 0;
  size_t length = 0;

  for (uint class = 1; class < LOCK_CLASSES; class ++) {
    struct total next = {
        __atomic_load_n(&names[class], __ATOMIC_ACQUIRE),
        HARTS_SUM(lock_count[class].tries),
        HARTS_SUM(lock_count[class].spins),
    };
    if (next.tries == 0)
      continue;
    uint at = n++;
    for (; at > 0 && is_busier(&next, &total[at - 1]); at--)
      total[at] = total[at - 1];
    total[at] = next;
  }

  text[0] = '\0';
  for (uint i = 0; i < n && length < room - 1; i++)
    length += format_text(text + length, room - length,
                          "lock %s: tries %lu spins %lu\n", total[i].name,
                          total[i].tries, total[i].spins);
  return min_u64(length, room - 1);
}

#if DEBUG

#define HELD_MAX 24 /* locks at once */
#define OWNERS (4 * NPROC)

/* A lock that is held, and where it was taken. */
struct taken {
  uint class;
  uint64 site;
};

/* What an owner holds. Only the owner looks at its entry, and finds it by its
 * own address. */
static struct trail {
  const void *owner; /* NULL: free; set once, by an atomic */
  uint count;
  struct taken held[HELD_MAX];
} trails[OWNERS];

/* [outer][inner]: where a lock of each was taken, the first time that it was
 * so. inner is set last, by an atomic; 0: it never was so. */
static struct {
  uint64 outer, inner;
} pairs[LOCK_CLASSES][LOCK_CLASSES];

static struct trail *trail_of(const void *owner)
{
  uint64 i = (uint64)owner / sizeof(uint64);

  for (uint tries = 0; tries < OWNERS; tries++) {
    struct trail *trail = &trails[(i + tries) % OWNERS];
    const void *there = NULL;
    if (__atomic_load_n(&trail->owner, __ATOMIC_RELAXED) == owner ||
        __atomic_compare_exchange_n(&trail->owner, &there, owner, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      return trail;
  }
  panic("more owners of locks than %d", OWNERS);
}

static bool is_pair(uint outer, uint inner)
{
  return __atomic_load_n(&pairs[outer][inner].inner, __ATOMIC_ACQUIRE) != 0;
}

static void print_pair(struct taken outer, struct taken inner)
{
  uint64 outer_offset = 0, inner_offset = 0;
  const char *outer_place = symbol_find(outer.site, &outer_offset);
  const char *inner_place = symbol_find(inner.site, &inner_offset);

  printk("lock order: %s, in %s+0x%lx, then %s, in %s+0x%lx\n",
         names[outer.class], outer_place, outer_offset, names[inner.class],
         inner_place, inner_offset);
}

/* Whether a way leads along pairs from class `from` to the outer lock of the
 * new pair (outer, inner), which then closes a cycle: that is printed, the new
 * pair first and the others against the arrows. tried has a bit for each class
 * that was searched from. */
static bool closes_cycle(uint from, struct taken outer, struct taken inner,
                         uint64 *tried)
{
  if (from == outer.class) {
    print_pair(outer, inner);
    return true;
  }
  *tried |= 1UL << from;
  for (uint class = 1; class < LOCK_CLASSES; class ++) {
    if (*tried & 1UL << class || !is_pair(from, class) ||
        !closes_cycle(class, outer, inner, tried))
      continue;
    print_pair((struct taken){from, pairs[from][class].outer},
               (struct taken){class, pairs[from][class].inner});
    return true;
  }
  return false;
}
static_assert(LOCK_CLASSES <= 64, "a class has a bit of tried");

/* Note a new pair. False if it would close a cycle. */
static bool learn(struct taken outer, struct taken inner)
{
  static uint learning; /* the lock of pairs: 1 while held */
  uint64 tried = 0;

  irq_push();
  while (__atomic_exchange_n(&learning, 1, __ATOMIC_ACQUIRE))
    ;
  bool ordered = !closes_cycle(inner.class, outer, inner, &tried);
  if (ordered && !is_pair(outer.class, inner.class)) {
    pairs[outer.class][inner.class].outer = outer.site;
    __atomic_store_n(&pairs[outer.class][inner.class].inner, inner.site,
                     __ATOMIC_RELEASE);
  }
  __atomic_store_n(&learning, 0, __ATOMIC_RELEASE);
  irq_pop();
  return ordered;
}

void lock_order_took(const void *owner, uint class, uint64 site)
{
  struct trail *trail = trail_of(owner);

  assert_cmp(trail->count, <, HELD_MAX);
  trail->held[trail->count++] = (struct taken){class, site};
}

bool lock_order_take(const void *owner, uint class, uint64 site, uint except)
{
  const struct trail *trail = trail_of(owner);
  struct taken inner = {class, site};
  bool ordered = true;

  for (uint i = 0; i < trail->count && ordered; i++) {
    struct taken outer = trail->held[i];
    ordered = outer.class == except || is_pair(outer.class, class) ||
              learn(outer, inner);
  }
  lock_order_took(owner, class, site);
  return ordered;
}

void lock_order_give(const void *owner, uint class)
{
  struct trail *trail = trail_of(owner);
  uint i = trail->count;

  do {
    assert(i > 0);
    i--;
  } while (trail->held[i].class != class);
  trail->count--;
  for (; i < trail->count; i++)
    trail->held[i] = trail->held[i + 1];
}

#define ONE_IN 8 /* of so many places, a thread gives way at one */

static bool started;
static uint64 state;
static uint64 yields;

void chance_start(uint64 seed)
{
  state = seed;
  started = true;
}

uint64 chance_yields(void)
{
  return __atomic_load_n(&yields, __ATOMIC_RELAXED);
}

/* Draw from a Weyl sequence, which harts may step at the same time, and mix its
 * bits: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators
 * (SplitMix). To give way ends with interrupts turned on again, which is such a
 * place itself: so it may happen several times over, but ever less likely. */
void chance_yield_now(void)
{
  if (!started || mythread() == NULL)
    return;
  uint64 z = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15, __ATOMIC_RELAXED);
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  if ((z ^ z >> 31) % ONE_IN != 0)
    return;
  __atomic_fetch_add(&yields, 1, __ATOMIC_RELAXED);
  yield();
}

#endif
