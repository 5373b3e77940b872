/* Running threads: the run queue, the harts that have nothing to run, and the
 * switch from one thread to another. sync/wait.h has sleep, wakeup and yield.
 *
 * A thread that wakes another often sleeps soon, and then its own hart is the
 * best one for the other: no interrupt is sent, and no other hart has to wake
 * up. So a hart that queues a thread while another hart is idle waits
 * HANDOVER_US before it notifies the idle one, and twice as long each time that
 * its own thread did sleep soon, up to HANDOVER_MAX_US.
 * Invariants:
 *   R1  a hart in user mode whose notify_at is not 0 has a timer interrupt by
 *       then. It is armed on the way out of the kernel, where no lock is held:
 *       to set a timer may take a while
 *   R2  while a thread is queued and a hart is idle, some other hart has a
 *       notify_at that is not 0, or was notified and is on its way to
 *       runqueue_take */
#ifndef PROC_SCHED_H
#define PROC_SCHED_H

#include "proc/proc.h"

/* About what it takes to wake a hart: so waiting loses at most twice what must
 * be lost. A hart that stays in the kernel looks at its next interrupt: the end
 * of the time slice, at the latest. */
#define HANDOVER_US 100
#define HANDOVER_DOUBLINGS 4
#define HANDOVER_MAX_US (HANDOVER_US << HANDOVER_DOUBLINGS)

/* Make a thread RUNNABLE and queue it: some hart will take it. Any context. */
void runqueue_put(struct thread *thread);

/* For the scheduler, no lock held: the thread that has waited longest, RUNNING
 * from here on. NULL: there is none; until the next call this hart counts as
 * idle, and is sent an IPI when there may be one. Interrupts stay off from here
 * to the wait for them, so that the IPI ends it. */
struct thread *runqueue_take(void);

/* This hart's scheduler: runs threads for ever, waits on the global table
 * when there are none. */
void scheduler(void) __attribute__((noreturn));

/* Leave the hart, for the scheduler: the current thread is where it will be
 * found again (or is a ZOMBIE). Called with one irq_push and no spinlock.
 * Returns when the thread runs again, maybe on another hart. */
void sched(void);

/* Save the callee-saved registers in *old and load those of *new. */
void swtch(struct context *old, const struct context *new);

/* Take a thread that sleeps on this channel out of its bucket: nobody wakes it
 * from now on but the caller, by runqueue_put. False if it does not sleep
 * there. */
bool thread_take(struct thread *thread, const void *channel);

/* Cut the thread's sleep short; if it does not sleep, its next sleep returns
 * at once. So a kill is not lost on a thread that has just looked at killed()
 * and is about to sleep; and a loop that must not give up sleeps again, as it
 * should. */
void thread_interrupt(struct thread *thread);

#endif
