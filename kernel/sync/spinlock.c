#include "sync/spinlock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"

/* Debug builds call a lock stuck after this many looks at it: seconds on any
 * machine, and far beyond the longest section. */
#define STUCK_LOOKS (1UL << 30)

void initlock(struct spinlock *lock, const char *name)
{
  *lock = (struct spinlock)SPINLOCK_INIT(name);
}

void irq_push(void)
{
  bool were_on = irq_take();
  struct hart *hart = this_hart();
  if (hart->irq_depth++ == 0)
    hart->irq_were_on = were_on;
}

void irq_pop(void)
{
  struct hart *hart = this_hart();
  debug_assert(!irq_enabled() && hart->irq_depth > 0);
  if (--hart->irq_depth == 0 && hart->irq_were_on)
    irq_enable();
}

bool holding(const struct spinlock *lock)
{
  return lock->locked && lock->holder == this_hart();
}

static bool try_acquire(struct spinlock *lock)
{
  return __atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE) == 0;
}

static void check_stuck(struct spinlock *lock, uint64 looks)
{
  if (!DEBUG || looks != STUCK_LOOKS)
    return;
  const struct hart *holder = __atomic_load_n(&lock->holder, __ATOMIC_RELAXED);
  panic("lock %s is stuck: hart %d took it at 0x%lx", lock->name,
        holder != NULL ? holder->index : -1, lock->site);
}

void acquire(struct spinlock *lock)
{
  irq_push();
  if (DEBUG && holding(lock))
    panic("lock %s taken twice, first at 0x%lx", lock->name, lock->site);

  uint64 looks = 0;
  while (!try_acquire(lock)) {
    while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
      check_stuck(lock, ++looks);
  }
  if (DEBUG) {
    lock->holder = this_hart();
    lock->site = (uint64)__builtin_return_address(0);
  }
}

void release(struct spinlock *lock)
{
  if (DEBUG && !holding(lock))
    panic("lock %s given back by a hart that has not got it", lock->name);
  if (DEBUG)
    lock->holder = NULL;
  __atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
  irq_pop();
}
