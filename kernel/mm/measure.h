/* What a private kernel table and the copies cost, measured on the machine
 * itself. */
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

/* The cycles of one copyin of nbytes, or copyinstr of at most max bytes, from
 * user address srcva of the current process, called as the rest of the kernel
 * calls them. It is done often enough for the clock's own cost not to show,
 * and once before that, so that every page is there. nbytes and max are at
 * most MEASURE_BYTES_MAX. 0, or -1: the copy fails or is longer, or no memory
 * is left to copy to. */
#define MEASURE_BYTES_MAX (64 * 1024)
typedef int (*measure_copy)(uint64 srcva, uint64 nbytes, uint64 *cycles);
int measure_copyin(uint64 srcva, uint64 nbytes, uint64 *cycles);
int measure_copyinstr(uint64 srcva, uint64 max, uint64 *cycles);

#endif
