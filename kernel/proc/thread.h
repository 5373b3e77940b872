/* What every thread starts with. */
#ifndef PROC_THREAD_H
#define PROC_THREAD_H

#include "proc/proc.h"

/* Let a thread that has never run start in body(argument), interrupts on, at
 * the top of this kernel stack. Its other fields are zero or set already. */
void thread_prepare(struct thread *thread, int kstack,
                    void (*body)(void *argument), void *argument);

#endif
