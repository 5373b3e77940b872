/* Memory for host tests of mm/: the page allocator over a piece of the host's
 * memory, which stands for RAM, and a global kernel table in it. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "lib/base.h"

/* Give the allocator npages pages, besides what it needs itself; all but one
 * block of them are whole blocks. Once. */
void host_memory(uint64 npages);

/* The global kernel table of kvm.h, with something in each part that private
 * tables share. After host_memory. */
void host_kernel_table(void);

/* A table of pointers, not from the page allocator. */
void **host_table(uint64 entries);
void host_table_free(void **table);

#endif
