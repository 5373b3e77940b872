/* Spinlocks: mutual exclusion between harts, and against interrupts on this
 * one, for sections that never sleep.
 *
 * Lock order, outermost first; a hart that holds one takes only those below,
 * and no second one of the same name (debug builds check that):
 *   sleep locks > file-system spinlocks > uart > console, disk
 *   > process tree, pause, guards of sleep locks > wait bucket
 *   > timed sleepers (the timer queue's), run queue
 *   > page (the page allocator's) > printing (no spinlock: lib/print.c) */
#ifndef SYNC_SPINLOCK_H
#define SYNC_SPINLOCK_H

#include "lib/base.h"

struct hart;

struct spinlock {
  uint64 locked;       /* 1 while held; changed by atomics only */
  const char *name;    /* the class of the lock */
  ushort class;        /* and its number; 0 until the first acquire */
  struct hart *holder; /* debug builds: valid while locked, */
  uint64 site;         /* and the pc that took it */
};

#define SPINLOCK_INIT(lock_name)                                               \
  {                                                                            \
    .name = (lock_name)                                                        \
  }

/* Where the function that says so was called from: the place of a lock. */
#define CALL_SITE() ((uint64)__builtin_return_address(0))

/* Make an unlocked lock at run time. */
void initlock(struct spinlock *lock, const char *name);

/* Take the lock, waiting as long as it takes; interrupts are off on this
 * hart until the matching release. In debug builds, taking it twice, against
 * the order of locks, or after waiting beyond all reason is a panic. */
void acquire(struct spinlock *lock);

/* Give it back; this hart must hold it. Interrupts return to what they were
 * before the outermost acquire or irq_push. */
void release(struct spinlock *lock);

/* Whether this hart holds it. Interrupts must be off. Debug builds only. */
bool holding(const struct spinlock *lock);

/* Interrupts off, nesting with acquire. */
void irq_push(void);

/* Undo one irq_push; the last one restores what was before. */
void irq_pop(void);

#endif
