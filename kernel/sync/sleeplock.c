#include "sync/sleeplock.h"
#include "lib/panic.h"
#include "sync/wait.h"

void initsleeplock(struct sleeplock *lock, const char *name)
{
  *lock = (struct sleeplock){.guard = SPINLOCK_INIT(name), .name = name};
}

static bool try_take(struct sleeplock *lock, const void *self)
{
  const void *nobody = NULL;

  return __atomic_compare_exchange_n(&lock->holder, &nobody, self, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* No wakeup is lost: waiting is stored before holder is looked at here, and
 * in releasesleep holder before waiting. In the one order of sequentially
 * consistent accesses, either this look finds the lock free, or that one
 * finds somebody waiting, and gets the guard when that one is asleep. */
static void wait_and_take(struct sleeplock *lock, const void *self)
{
  acquire(&lock->guard);
  __atomic_store_n(&lock->waiting, lock->waiting + 1, __ATOMIC_SEQ_CST);
  while (!try_take(lock, self))
    sleep_on(lock, &lock->guard);
  __atomic_store_n(&lock->waiting, lock->waiting - 1, __ATOMIC_RELAXED);
  release(&lock->guard);
}

void acquiresleep(struct sleeplock *lock)
{
  const void *self = current_thread();

  debug_assert(lock->holder != self);
  if (!try_take(lock, self))
    wait_and_take(lock, self);
}

void releasesleep(struct sleeplock *lock)
{
  debug_assert(lock->holder == current_thread());
  __atomic_store_n(&lock->holder, NULL, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&lock->waiting, __ATOMIC_SEQ_CST) == 0)
    return;

  acquire(&lock->guard);
  wakeup(lock);
  release(&lock->guard);
}

bool holdingsleep(struct sleeplock *lock)
{
  return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == current_thread();
}
