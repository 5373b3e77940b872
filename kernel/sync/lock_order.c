/* A graph of lock classes. It only grows, under a lock of its own; that a
 * pair is there already is seen without. */
#include "sync/lock_order.h"
#include "kernel/param.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "sync/lock_class.h"
#include "sync/spinlock.h"

#define HELD_MAX 24 /* locks at once */
#define OWNERS (4 * NPROC)

/* A lock that is held, and where it was taken. */
struct taken {
  uint class;
  uint64 site;
};

/* What an owner holds. Only it looks; its entry is found by its address. */
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

static uint learning; /* the lock of pairs: 1 while held */

static struct trail *trail_of(const void *owner)
{
  for (uint64 i = (uint64)owner / sizeof(uint64), tries = 0; tries < OWNERS;
       i++, tries++) {
    struct trail *trail = &trails[i % OWNERS];
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

/* Find a way along pairs from one class to another. before[c] is what comes
 * before c on the way to it. False: there is none. */
static bool find_way(uint from, uint to, uint before[LOCK_CLASSES])
{
  uint reached[LOCK_CLASSES] = {from}, n = 1;

  for (uint class = 0; class < LOCK_CLASSES; class ++)
    before[class] = 0;
  before[from] = from;
  for (uint i = 0; i < n; i++) {
    for (uint class = 1; class < LOCK_CLASSES; class ++) {
      if (before[class] != 0 || !is_pair(reached[i], class))
        continue;
      before[class] = reached[i];
      reached[n++] = class;
    }
  }
  return before[to] != 0;
}

static void print_pair(struct taken outer, struct taken inner)
{
  uint64 outer_offset = 0, inner_offset = 0;
  const char *outer_place = symbol_find(outer.site, &outer_offset);
  const char *inner_place = symbol_find(inner.site, &inner_offset);

  printk("lock order: %s, in %s+0x%lx, then %s, in %s+0x%lx\n",
         lock_class_name(outer.class), outer_place, outer_offset,
         lock_class_name(inner.class), inner_place, inner_offset);
}

/* The pairs on the way that find_way found, the last first. */
static void print_way(uint from, uint to, const uint before[LOCK_CLASSES])
{
  for (uint inner = to; inner != from; inner = before[inner]) {
    uint outer = before[inner];
    print_pair((struct taken){outer, pairs[outer][inner].outer},
               (struct taken){inner, pairs[outer][inner].inner});
  }
}

/* Note a pair. False if there is a way back. */
static bool learn(struct taken outer, struct taken inner)
{
  uint before[LOCK_CLASSES];
  bool inverted = find_way(inner.class, outer.class, before);

  if (inverted) {
    print_pair(outer, inner);
    print_way(inner.class, outer.class, before);
  } else if (!is_pair(outer.class, inner.class)) {
    pairs[outer.class][inner.class].outer = outer.site;
    __atomic_store_n(&pairs[outer.class][inner.class].inner, inner.site,
                     __ATOMIC_RELEASE);
  }
  return !inverted;
}

static bool learn_alone(struct taken outer, struct taken inner)
{
  irq_push();
  while (__atomic_exchange_n(&learning, 1, __ATOMIC_ACQUIRE))
    ;
  bool ordered = learn(outer, inner);
  __atomic_store_n(&learning, 0, __ATOMIC_RELEASE);
  irq_pop();
  return ordered;
}

static void note(struct trail *trail, struct taken taken)
{
  assert_cmp(trail->count, <, HELD_MAX);
  trail->held[trail->count++] = taken;
}

/* Look at a lock against all that are held but those of class except. */
static bool take(struct trail *trail, struct taken inner, uint except)
{
  bool ordered = true;

  for (uint i = 0; i < trail->count && ordered; i++) {
    struct taken outer = trail->held[i];
    ordered = outer.class == except || is_pair(outer.class, inner.class) ||
              learn_alone(outer, inner);
  }
  note(trail, inner);
  return ordered;
}

bool lock_order_take(const void *owner, uint class, uint64 site)
{
  return take(trail_of(owner), (struct taken){class, site}, 0);
}

bool lock_order_take_another(const void *owner, uint class, uint64 site)
{
  return take(trail_of(owner), (struct taken){class, site}, class);
}

void lock_order_took(const void *owner, uint class, uint64 site)
{
  note(trail_of(owner), (struct taken){class, site});
}

/* Mostly it is the last one. */
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
