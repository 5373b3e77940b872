/* Spinlocks, and interrupts off in nested sections. A spinlock is a word that a
 * hart exchanges for 1; it has the lock if the word was 0. Interrupts are off
 * while a hart holds one: a handler that wanted the same lock would wait for
 * ever. Read spinlock.h before. */
#include "sync/spinlock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "sync/lock_class.h"

/* Debug builds call a lock stuck after this many looks at it: seconds on any
 * machine, and far beyond the longest section. */
#define STUCK_LOOKS (1UL << 30)

void initlock(struct spinlock *lock, const char *name)
{
  *lock = (struct spinlock)SPINLOCK_INIT(name);
}

/* irq_push at pc site. Returns this hart. Interrupts go off before it is looked
 * up, so the thread cannot leave it any more. */
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
  stay(CALL_SITE());
}

void irq_pop(void)
{
  struct hart *hart = this_hart();

  debug_assert(!irq_enabled() && hart->irq_depth > 0);
  if (--hart->irq_depth > 0)
    return;
  uint64 were_on = hart->irq_were_on; /* later this may be another hart */
  irq_restore(were_on);
  if (DEBUG && were_on)
    chance_yield();
}

bool holding(const struct spinlock *lock)
{
  return lock->locked && lock->holder == this_hart();
}

/* Whether it was free. Acquire: the last holder's stores are seen from here. */
static bool try_acquire(struct spinlock *lock)
{
  return __atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE) == 0;
}

/* Take a lock that was found held, or whose class is not known yet. It waits by
 * plain loads: exchanges would pull the word from hart to hart. */
static void __attribute__((noinline))
take_slowly(struct hart *hart, struct spinlock *lock)
{
  uint64 looks = 0;

  uint class = lock_class_once(&lock->class, lock->name);
  while (!try_acquire(lock)) {
    do {
      if (++looks == STUCK_LOOKS && DEBUG)
        panic("lock %s is stuck: hart %d took it at 0x%lx", lock->name,
              lock->holder != NULL ? lock->holder->index : -1, lock->site);
    } while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED));
  }
  hart->lock_count[class].spins += looks;
  hart->lock_count[class].tries++;
}

void acquire(struct spinlock *lock)
{
  uint64 site = CALL_SITE();
  struct hart *hart = stay(site);

  if (DEBUG) {
    lock_class_once(&lock->class, lock->name);
    if (holding(lock))
      panic("lock %s taken twice, first at 0x%lx", lock->name, lock->site);
    lock_order_take(hart, lock->class, site, 0);
  }
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

void release(struct spinlock *lock)
{
  if (DEBUG) {
    if (!holding(lock))
      panic("lock %s given back by a hart that has not got it", lock->name);
    lock_order_give(lock->holder, lock->class);
    lock->holder = NULL;
  }
  /* Release: what this hart has stored is seen by the next holder. */
  __atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
  irq_pop();
}
