/* Sleepers with a deadline. trap/trap.h has the call that wakes them. */
#ifndef PROC_TIMED_H
#define PROC_TIMED_H

#include "proc/proc.h"

/* Let a sleeping thread be woken when the time is deadline or a little later:
 * at most a slice, since every hart's timer looks. Any locks down to the wait
 * bucket's may be held. */
void timerqueue_add(struct thread *thread, uint64 deadline);

/* Forget it again, if it is there. */
void timerqueue_remove(struct thread *thread);

#endif
