#include "sync/sleeplock.h"
#include "lib/panic.h"
#include "sync/wait.h"

void initsleeplock(struct sleeplock *lock, const char *name)
{
  initlock(&lock->guard, name);
  lock->holder = NULL;
  lock->name = name;
}

void acquiresleep(struct sleeplock *lock)
{
  const void *self = current_thread();

  acquire(&lock->guard);
  debug_assert(lock->holder != self);
  while (lock->holder != NULL)
    sleep_on(lock, &lock->guard);
  lock->holder = self;
  release(&lock->guard);
}

void releasesleep(struct sleeplock *lock)
{
  acquire(&lock->guard);
  debug_assert(lock->holder == current_thread());
  lock->holder = NULL;
  wakeup(lock);
  release(&lock->guard);
}

bool holdingsleep(struct sleeplock *lock)
{
  acquire(&lock->guard);
  bool mine = lock->holder == current_thread();
  release(&lock->guard);
  return mine;
}
