/* How processes run: the run queue, the switch, and sleepers that are woken for
 * another reason than their channel. sync/wait.h has sleep, wakeup and yield.
 *
 * A process that wakes another often sleeps soon, and then its own hart is the
 * best one for the other: no interrupt is sent, and no other hart has to wake
 * up. So a hart that queues a process while another hart is idle waits
 * HANDOVER_US before it notifies the idle one. Each time that its own process
 * did sleep soon this time doubles, up to HANDOVER_DOUBLINGS times. Invariant:
 * while a process is queued and a hart is idle, some other hart has a notify_at
 * that is not 0, or was notified and is on its way to runqueue_take.
 *
 * Idle harts let the others alone: where harts are many, one that is idle, and
 * each that runs a process, has a timer interrupt at each end of a time slice,
 * and the rest have none. */
#ifndef PROC_SCHED_H
#define PROC_SCHED_H

#include "proc/proc.h"

/* About what it takes to wake a hart: so waiting loses at most twice what must
 * be lost. The timer is armed for it on the way to user mode; a hart that stays
 * in the kernel looks at its next interrupt. */
#define HANDOVER_US 100
#define HANDOVER_DOUBLINGS 4

/* Make a process RUNNABLE and queue it: some hart will take it. Any context. */
void runqueue_put(struct proc *proc);

/* For the scheduler, interrupts off: the process that has waited longest, or
 * one soon after it that ran here last; RUNNING from here on. NULL: there is
 * none; until the next call this hart counts as idle, and is sent an IPI when
 * there may be one. */
struct proc *runqueue_take(void);

/* Run processes on this hart for ever. */
void scheduler(void) __attribute__((noreturn));

/* Leave the hart, for the scheduler: the current process is where it will be
 * found again (or is ENDING). Called with one irq_push and no spinlock.
 * Returns when the process runs again, maybe on another hart. */
void sched(void);

/* Save the callee-saved registers in *old and load those of *new. */
void swtch(struct context *old, const struct context *new);

/* Take a process that sleeps on this channel out of its bucket: nobody wakes it
 * then but the caller, by runqueue_put. False if it does not sleep there. */
bool sleeper_take(struct proc *proc, const void *channel);

/* Cut the process's sleep short; if it does not sleep, its next sleep returns
 * at once: so a kill is not lost on a process that is about to sleep. */
void sleep_interrupt(struct proc *proc);

#endif
