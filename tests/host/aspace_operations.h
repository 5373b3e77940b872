/* What is done to the spaces of aspace_model.h: each operation acts on the one
 * that runs, and on its model. */
#ifndef HOST_ASPACE_OPERATIONS_H
#define HOST_ASPACE_OPERATIONS_H

#include "lib/base.h"

/* They are numbered from 0. One is done only where it is possible, which none
 * is once all spaces were freed. */
int operation_count(void);
const char *operation_name(int operation);
bool operation_is_possible(int operation);
void operation_do(int operation);

/* How many results were not as the model has them; they were printed. */
int operation_faults(void);

#endif
