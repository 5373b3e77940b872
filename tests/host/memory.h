/* Memory for host tests of mm/: the page allocator over a piece of the host's
 * memory, which stands for RAM. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "lib/base.h"

/* Give the allocator npages pages, besides what it needs itself; all but one
 * block of them are whole blocks. Once. */
void host_memory(uint64 npages);

/* A table of pointers, not from the page allocator. */
void **host_table(uint64 entries);
void host_table_free(void **table);

/* One more user of a page that is shared copy-on-write, and one less, as a
 * table's entry would. */
void get_shared(void *page);
void put_shared(void *page);

#endif
