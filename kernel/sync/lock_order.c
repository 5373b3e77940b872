/* The order of locks, in debug builds. Whenever a lock is taken while another
 * is held, the pair of their classes is noted, with both places. Invariant: the
 * pairs, as arrows from the outer class to the inner, form no cycle; so no
 * harts or threads can wait for each other in a circle. It is enough that each
 * pair occurs once, at any time: the deadlock itself need not happen. */
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "sync/lock_class.h"
#include "sync/spinlock.h"

#define HELD_MAX (8 * NPROC) /* locks at once, of all owners */

/* A lock that is held, and where it was taken. */
struct taken {
  uint class;
  uint64 site;
};

static struct {
  const void *volatile owner; /* NULL: free. Others look at this alone. */
  struct taken lock;
} held[HELD_MAX];
static volatile uint nheld; /* from here on none was ever used */

/* Of each pair [outer][inner] that ever was: where the two were taken once.
 * inner is set last, by an atomic. after has a bit for each class to which
 * arrows lead. Both are written under the lock `learning`. */
static struct {
  uint64 outer, inner; /* 0: it never was so */
} pairs[LOCK_CLASSES][LOCK_CLASSES];
static uint64 after[LOCK_CLASSES];
static_assert(LOCK_CLASSES <= 64, "a class has a bit of after");

static bool is_pair(uint outer, uint inner)
{
  return __atomic_load_n(&pairs[outer][inner].inner, __ATOMIC_ACQUIRE) != 0;
}

static bool leads_to(uint from, uint to)
{
  return (after[from] & 1UL << to) != 0;
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

/* Print the cycle that the new pair would close: that pair, and then against
 * the arrows, from the outer class to the inner. */
static void print_cycle(struct taken outer, struct taken inner)
{
  print_pair(outer, inner);
  for (uint to = outer.class, from; to != inner.class; to = from) {
    from = 1;
    while (!is_pair(from, to) ||
           (from != inner.class && !leads_to(inner.class, from)))
      from++;
    print_pair((struct taken){from, pairs[from][to].outer},
               (struct taken){to, pairs[from][to].inner});
  }
}

/* Note a new pair. False if it would close a cycle. */
static bool learn(struct taken outer, struct taken inner)
{
  static uint learning; /* 1 while held */

  irq_push();
  while (__atomic_exchange_n(&learning, 1, __ATOMIC_ACQUIRE))
    ;
  bool ordered =
      outer.class != inner.class && !leads_to(inner.class, outer.class);
  if (ordered) {
    for (uint class = 1; class < LOCK_CLASSES; class ++)
      if (class == outer.class || leads_to(class, outer.class))
        after[class] |= after[inner.class] | 1UL << inner.class;
    pairs[outer.class][inner.class].outer = outer.site;
    __atomic_store_n(&pairs[outer.class][inner.class].inner, inner.site,
                     __ATOMIC_RELEASE);
  } else {
    print_cycle(outer, inner);
  }
  __atomic_store_n(&learning, 0, __ATOMIC_RELEASE);
  irq_pop();
  return ordered;
}

static void note_held(const void *owner, uint class, uint64 site)
{
  uint i = 0, used = nheld;

  while (!__sync_bool_compare_and_swap(&held[i].owner, NULL, owner)) {
    i++;
    assert_cmp(i, <, HELD_MAX);
  }
  held[i].lock = (struct taken){class, site};
  while (used <= i && !__sync_bool_compare_and_swap(&nheld, used, i + 1))
    used = nheld;
}

void lock_order_take(const void *owner, uint class, uint64 site, uint except)
{
  struct taken inner = {class, site};

  for (uint i = 0; i < nheld; i++) {
    if (held[i].owner == owner && held[i].lock.class != except &&
        !is_pair(held[i].lock.class, class) && !learn(held[i].lock, inner))
      panic("lock %s taken against the order of locks", lock_class_name(class));
  }
  note_held(owner, class, site);
}

void lock_order_give(const void *owner, uint class)
{
  uint i = 0;

  while (held[i].owner != owner || held[i].lock.class != class) {
    i++;
    assert_cmp(i, <, HELD_MAX);
  }
  held[i].owner = NULL;
}
