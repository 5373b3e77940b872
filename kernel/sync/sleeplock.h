/* Sleep locks: mutual exclusion for sections that may sleep or wait for the
 * disk. Interrupts stay on. Never taken with a spinlock held, nor in an
 * interrupt. */
#ifndef SYNC_SLEEPLOCK_H
#define SYNC_SLEEPLOCK_H

#include "lib/base.h"
#include "sync/spinlock.h"

struct sleeplock {
  struct spinlock guard; /* guards the fields below */
  const void *holder;    /* the thread that holds it; NULL: free */
  const char *name;
};

void initsleeplock(struct sleeplock *lock, const char *name);

/* Take the lock, sleeping while another thread holds it. A kill does not
 * cut the wait short. */
void acquiresleep(struct sleeplock *lock);

/* Give it back; the current thread must hold it. */
void releasesleep(struct sleeplock *lock);

/* Whether the current thread holds it. */
bool holdingsleep(struct sleeplock *lock);

/* Supplied by a higher row (proc/): what stands for the current thread. */
const void *current_thread(void);

#endif
