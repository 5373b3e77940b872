/* Wait channels from the inside: what kill and the timer need beyond
 * sync/wait.h. */
#ifndef PROC_CHANNEL_H
#define PROC_CHANNEL_H

#include "proc/proc.h"

/* Once, at boot. */
void channel_init(void);

/* Wake a thread, whatever it sleeps on; if it does not sleep, nothing. */
void thread_wake(struct thread *thread);

/* The same, but if it does not sleep, its next sleep returns at once. So a
 * kill is not lost on a thread that has just looked at killed() and is about
 * to sleep; and a loop that must not give up sleeps again, as it should. */
void thread_interrupt(struct thread *thread);

#endif
