/* Threads in host tests of fs/: one runs at a time, until it sleeps, yields or
 * ends, and then the next that nobody has to wake. So every run is the same.
 * They hold no locks when they change. */
#ifndef HOST_THREADS_H
#define HOST_THREADS_H

#include "lib/base.h"

/* Run body(0) to body(count - 1) as threads until all of them have ended, and
 * the log's thread beside them. All asleep is an error. */
void host_threads_run(uint count, void (*body)(uint self));

/* Let the others run. */
void host_threads_yield(void);

#endif
