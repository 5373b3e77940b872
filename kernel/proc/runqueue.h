/* The threads that could run, the harts that have none to run, and the one
 * thread that may be held. Any context; the queue's lock is taken inside. */
#ifndef PROC_RUNQUEUE_H
#define PROC_RUNQUEUE_H

#include "proc/proc.h"

/* Make a thread RUNNABLE: some hart will take it. Wakes an idle hart, if this
 * one is not about to look for itself. */
void runqueue_put(struct thread *thread);

/* The thread that has waited longest, now RUNNING and this hart's. NULL: there
 * is none; until the next call this hart counts as idle, and is sent an IPI
 * when there may be one. Interrupts stay off from here to the wait for them,
 * so that the IPI ends it. */
struct thread *runqueue_take(void);

/* Whether the thread that runs here should give way: others wait, or it is
 * held. A hint, without the lock. */
bool runqueue_wants_hart(const struct thread *running);

/* No hart takes the thread from now on, until it is let go; it may be on one
 * already. One thread at a time: the caller sees to that. */
void runqueue_hold(struct thread *thread);
void runqueue_let_go(void);

#endif
