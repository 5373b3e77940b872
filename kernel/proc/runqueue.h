/* The threads that could run, the harts that have none to run, and the one
 * thread that may be held. Any context; the queue's lock is taken inside.
 *
 * Who wakes a thread often sleeps soon, and then its own hart is the best one
 * for that thread: no interrupt is sent, no other hart has to wake up. So the
 * hart that puts a thread here while another is idle keeps that to itself for
 * HANDOVER_US, and for twice as long each time that this was right, up to
 * HANDOVER_MAX_US: a timer interrupt in vain costs as much as a telling one.
 * Invariants:
 *   R1  a hart that is in user mode with a notify_at that is not 0 has a timer
 *       interrupt by then; it is armed on the way out of the kernel, since no
 *       lock is held there: setting a timer may take a while
 *   R2  while a thread is in the queue and a hart is idle, some hart that is
 *       not either has a notify_at that is not 0, or has been told and is on
 * its way to runqueue_take */
#ifndef PROC_RUNQUEUE_H
#define PROC_RUNQUEUE_H

#include "proc/proc.h"

/* About what it takes to wake a hart: then what is lost by waiting is never
 * more than twice what must be lost. While the hart stays in the kernel, as for
 * a long system call, it looks at its next interrupt: the slice's end, at the
 * latest. */
#define HANDOVER_US 100
#define HANDOVER_DOUBLINGS 4
#define HANDOVER_MAX_US (HANDOVER_US << HANDOVER_DOUBLINGS)

/* Make a thread RUNNABLE: some hart will take it. */
void runqueue_put(struct thread *thread);

/* At the end of an interrupt of a thread, no lock held: if notify_at has come,
 * and a thread waits while a hart is idle, send that an IPI. Whether it was
 * so. */
bool runqueue_notify(void);

/* For the scheduler, no lock held. The thread that has waited longest, now
 * RUNNING and this hart's; an idle hart is told of the next one. NULL: there
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
