#include "sync/sleeplock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "sync/chance.h"
#include "sync/lock_class.h"
#include "sync/lock_order.h"
#include "sync/wait.h"

void initsleeplock(struct sleeplock *lock, const char *name)
{
  *lock = (struct sleeplock)SLEEPLOCK_INIT(name);
}

/* Add to a counter of the hart, which another may be when it is done: an
 * atomic loses nothing then. */
static void count(uint64 *counter, uint64 n)
{
  __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
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
  uint64 sleeps = 0;

  acquire(&lock->guard);
  __atomic_store_n(&lock->waiting, lock->waiting + 1, __ATOMIC_SEQ_CST);
  for (; !try_take(lock, self); sleeps++)
    sleep(lock, &lock->guard);
  __atomic_store_n(&lock->waiting, lock->waiting - 1, __ATOMIC_RELAXED);
  count(&this_hart()->lock_count[lock->class].spins, sleeps);
  release(&lock->guard);
}

/* The class; looked up once, or by several at the same time, who find the
 * same. */
static uint class_of(struct sleeplock *lock)
{
  if (lock->class == 0)
    __atomic_store_n(&lock->class, lock_class(lock->name), __ATOMIC_RELAXED);
  return lock->class;
}

void sleeplock_rename(struct sleeplock *lock, const char *name)
{
  if (__atomic_load_n(&lock->name, __ATOMIC_ACQUIRE) == name)
    return;
  __atomic_store_n(&lock->class, lock_class(name), __ATOMIC_RELAXED);
  __atomic_store_n(&lock->name, name, __ATOMIC_RELEASE);
}

static void take(struct sleeplock *lock, const void *self)
{
  uint class = class_of(lock);

  if (!try_take(lock, self))
    wait_and_take(lock, self);
  count(&this_hart()->lock_count[class].tries, 1);
  chance_yield();
}

/* What lock_order.h says of a lock that is about to be taken. */
typedef bool (*order_rule)(const void *owner, uint class, uint64 site);

/* Take a lock at pc site; debug builds see that it is by the rule. */
static inline void take_by(order_rule is_ordered, struct sleeplock *lock,
                           uint64 site)
{
  const void *self = current_thread();

  if (DEBUG) {
    assert(irq_enabled() && lock->holder != self);
    if (!is_ordered(self, class_of(lock), site))
      panic("lock %s taken against the order of locks", lock->name);
  }
  take(lock, self);
}

void acquiresleep(struct sleeplock *lock)
{
  take_by(lock_order_take, lock, (uint64)__builtin_return_address(0));
}

void acquiresleep_another(struct sleeplock *lock)
{
  take_by(lock_order_take_another, lock, (uint64)__builtin_return_address(0));
}

bool tryacquiresleep(struct sleeplock *lock)
{
  const void *self = current_thread();
  uint class = class_of(lock);

  if (!try_take(lock, self))
    return false;
  if (DEBUG)
    lock_order_took(self, class, (uint64)__builtin_return_address(0));
  count(&this_hart()->lock_count[class].tries, 1);
  return true;
}

void releasesleep(struct sleeplock *lock)
{
  debug_assert(lock->holder == current_thread());
  if (DEBUG)
    lock_order_give(lock->holder, lock->class);
  __atomic_store_n(&lock->holder, NULL, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&lock->waiting, __ATOMIC_SEQ_CST) == 0) {
    chance_yield();
    return;
  }

  acquire(&lock->guard);
  wakeup(lock);
  release(&lock->guard);
}

bool holdingsleep(struct sleeplock *lock)
{
  return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == current_thread();
}
