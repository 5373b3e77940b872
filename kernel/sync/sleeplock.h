/* Sleep locks: mutual exclusion for sections that may sleep or wait for the
 * disk. Interrupts stay on. Never taken in an interrupt or under a spinlock. */
#ifndef SYNC_SLEEPLOCK_H
#define SYNC_SLEEPLOCK_H

#include "lib/base.h"
#include "sync/spinlock.h"

struct sleeplock {
  const void *holder;    /* the thread that holds it; NULL: free. Atomic. */
  uint waiting;          /* threads that want it; changed under guard */
  struct spinlock guard; /* for those that sleep, and who wakes them */
  const char *name;      /* the class of the lock */
  ushort class;          /* and its number; 0 until the first acquire */
};

#define SLEEPLOCK_INIT(lock_name)                                              \
  {                                                                            \
    .guard = SPINLOCK_INIT("guard of a sleep lock"), .name = (lock_name)       \
  }

void initsleeplock(struct sleeplock *lock, const char *name);

/* Take the lock, sleeping while another thread holds it, even if killed. */
void acquiresleep(struct sleeplock *lock);

/* The same, for a thread that may hold a lock of the class already: all who
 * do so keep to one order among the locks of the class. */
void acquiresleep_another(struct sleeplock *lock);

/* Give it back; the current thread must hold it. */
void releasesleep(struct sleeplock *lock);

#endif
