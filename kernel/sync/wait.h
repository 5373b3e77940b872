/* Wait channels: a thread sleeps on an address until somebody calls wakeup for
 * that address. All of these are supplied by a higher layer: killed by
 * proc/fork.c, yield by proc/sched.c, the others by proc/sleep.c. */
#ifndef SYNC_WAIT_H
#define SYNC_WAIT_H

#include "lib/base.h"
#include "sync/spinlock.h"

/* Release lock and sleep until wakeup(channel) or a kill; then take lock again.
 * It may return early, so the caller looks at its condition again. The caller
 * is a thread (no interrupt) that holds lock and no other spinlock. */
void sleep(const void *channel, struct spinlock *lock);

/* The same, but wakes by itself when r_time() reaches deadline. */
#define NEVER (~0UL) /* a deadline that is none */
void sleep_until(const void *channel, struct spinlock *lock, uint64 deadline);

/* Wake every thread that sleeps on channel. Any context. The caller holds the
 * lock that those threads gave to sleep, or held it when it changed what
 * they wait for. They run soon: proc/sched.h. */
void wakeup(const void *channel);

/* Whether the current process has been told to die: loops that could wait
 * for ever give up with -1. Kernel threads are never killed. */
bool killed(void);

/* Give up the hart until the scheduler comes round again. Holds no spinlock. */
void yield(void);

#endif
