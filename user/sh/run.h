/* Running what the parser found. */
#ifndef USER_SH_RUN_H
#define USER_SH_RUN_H

#include "user/sh/parse.h"

/* Run the jobs of a list in turn, and wait for each that is not in the
 * background. The status of the last one waited for, 0 if there was none.
 * script is a descriptor that only the shell itself shall have; -1: none. */
int run_list(struct stage *list, int script);

#endif
