/* Sleep locks. holder is changed by one atomic step where nobody waits; a
 * guard, which is a spinlock, is only for those that sleep and for who wakes
 * them. Read sleeplock.h and wait.h before.
 *
 * No wakeup is lost: a taker stores `waiting` before it looks at `holder`, and
 * releasesleep stores `holder` before it looks at `waiting`. In the one order
 * of sequentially consistent accesses, either the taker finds the lock free, or
 * the releaser finds somebody waiting, and gets the guard once it sleeps. */
#include "sync/sleeplock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "sync/lock_class.h"
#include "sync/wait.h"

void initsleeplock(struct sleeplock *lock, const char *name)
{
  *lock = (struct sleeplock)SLEEPLOCK_INIT(name);
}

static bool try_take(struct sleeplock *lock, const void *self)
{
  const void *nobody = NULL;

  if (!__atomic_compare_exchange_n(&lock->holder, &nobody, self, false,
                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    return false;
  /* Atomic, because interrupts are on unless the guard is held: the thread may
   * be on another hart when it adds. */
  __atomic_fetch_add(&this_hart()->lock_count[lock->class].tries, 1,
                     __ATOMIC_RELAXED);
  return true;
}

#define LOOKS 1000 /* some microseconds */

/* Whether a lock that another holds could be had without sleep: a holder that
 * runs on another hart often gives it back sooner than a sleep would begin. */
static bool take_soon(struct sleeplock *lock, const void *self)
{
  for (uint i = 0; i < LOOKS && nharts > 1; i++)
    if (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == NULL &&
        try_take(lock, self))
      return true;
  return false;
}

/* Take a lock at pc site; debug builds check the order, where held locks of the
 * class count or, for another of the class, do not. */
static void take(struct sleeplock *lock, bool another, uint64 site)
{
  const void *self = myproc();
  uint class = lock_class_once(&lock->class, lock->name);

  if (DEBUG) {
    assert(irq_enabled() && lock->holder != self);
    lock_order_take(self, class, site, another ? class : 0);
  }
  if (!try_take(lock, self) && !take_soon(lock, self)) {
    uint64 sleeps = 0;
    acquire(&lock->guard);
    __atomic_store_n(&lock->waiting, lock->waiting + 1, __ATOMIC_SEQ_CST);
    for (; !try_take(lock, self); sleeps++)
      sleep(lock, &lock->guard);
    __atomic_store_n(&lock->waiting, lock->waiting - 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&this_hart()->lock_count[class].spins, sleeps,
                       __ATOMIC_RELAXED);
    release(&lock->guard);
  }
  if (DEBUG)
    chance_yield();
}

void acquiresleep(struct sleeplock *lock)
{
  take(lock, false, CALL_SITE());
}

void acquiresleep_another(struct sleeplock *lock)
{
  take(lock, true, CALL_SITE());
}

void releasesleep(struct sleeplock *lock)
{
  debug_assert(lock->holder == myproc());
  if (DEBUG)
    lock_order_give(lock->holder, lock->class);
  __atomic_store_n(&lock->holder, NULL, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&lock->waiting, __ATOMIC_SEQ_CST) != 0) {
    acquire(&lock->guard);
    wakeup(lock);
    release(&lock->guard);
  } else if (DEBUG) {
    chance_yield();
  }
}
