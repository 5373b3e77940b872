/* What a private kernel table costs, measured on the machine itself. */
#ifndef MM_MEASURE_H
#define MM_MEASURE_H

#include "lib/base.h"

struct table_cost {
  uint64 pages;
  uint64 instructions; /* retired, so exact under QEMU's -icount */
};

/* Make the private table of the current process once more, and free it. 0, or
 * -1: memory is out, or there are no private tables. */
int measure_private_table(struct table_cost *cost);

#endif
