#include "sync/spinlock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "sync/chance.h"
#include "sync/lock_class.h"
#include "sync/lock_order.h"

/* Debug builds call a lock stuck after this many looks at it: seconds on any
 * machine, and far beyond the longest section. */
#define STUCK_LOOKS (1UL << 30)

void initlock(struct spinlock *lock, const char *name)
{
  *lock = (struct spinlock)SPINLOCK_INIT(name);
}

/* irq_push at pc site, which gives this hart. */
static struct hart *stay(uint64 site)
{
  uint64 were_on = irq_take(site);
  struct hart *hart = this_hart();
  if (hart->irq_depth++ == 0)
    hart->irq_were_on = were_on;
  return hart;
}

void irq_push(void)
{
  stay((uint64)__builtin_return_address(0));
}

void irq_pop(void)
{
  struct hart *hart = this_hart();
  debug_assert(!irq_enabled() && hart->irq_depth > 0);
  if (--hart->irq_depth > 0)
    return;

  uint64 were_on = hart->irq_were_on;
  irq_restore(were_on);
  if (were_on)
    chance_yield();
}

bool holding(const struct spinlock *lock)
{
  return lock->locked && lock->holder == this_hart();
}

static bool try_acquire(struct spinlock *lock)
{
  return __atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE) == 0;
}

/* Whoever looks it up at the same time finds the same. */
static void learn_class(struct spinlock *lock)
{
  __atomic_store_n(&lock->class, lock_class(lock->name), __ATOMIC_RELAXED);
}

static void check_stuck(struct spinlock *lock, uint64 looks)
{
  if (!DEBUG || looks != STUCK_LOOKS)
    return;
  const struct hart *holder = __atomic_load_n(&lock->holder, __ATOMIC_RELAXED);
  panic("lock %s is stuck: hart %d took it at 0x%lx", lock->name,
        holder != NULL ? holder->index : -1, lock->site);
}

/* Take a lock that was found held, or whose class is not known yet. */
static void __attribute__((noinline))
take_slowly(struct hart *hart, struct spinlock *lock)
{
  uint64 looks = 0;

  if (lock->class == 0)
    learn_class(lock);
  while (!try_acquire(lock)) {
    do
      check_stuck(lock, ++looks);
    while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED));
  }
  hart->lock_count[lock->class].spins += looks;
  hart->lock_count[lock->class].tries++;
}

/* In debug builds, before the lock is taken at site. */
static void check_take(struct hart *hart, struct spinlock *lock, uint64 site)
{
  if (holding(lock))
    panic("lock %s taken twice, first at 0x%lx", lock->name, lock->site);
  if (lock->class == 0)
    learn_class(lock);
  if (!lock_order_take(hart, lock->class, site))
    panic("lock %s taken against the order of locks", lock->name);
}

void acquire(struct spinlock *lock)
{
  uint64 site = (uint64)__builtin_return_address(0);
  struct hart *hart = stay(site);

  if (DEBUG)
    check_take(hart, lock, site);
  uint class = lock->class;
  if (class == 0 || !try_acquire(lock))
    take_slowly(hart, lock);
  else
    hart->lock_count[class].tries++;
  if (DEBUG) {
    lock->holder = hart;
    lock->site = site;
  }
}

/* In debug builds, before the lock is given back. */
static void check_release(struct spinlock *lock)
{
  if (!holding(lock))
    panic("lock %s given back by a hart that has not got it", lock->name);
  lock_order_give(lock->holder, lock->class);
  lock->holder = NULL;
}

void release(struct spinlock *lock)
{
  if (DEBUG)
    check_release(lock);
  __atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
  irq_pop();
}
