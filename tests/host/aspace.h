/* Address spaces for host tests, like those that exec makes. */
#ifndef HOST_ASPACE_H
#define HOST_ASPACE_H

#include "kernel/riscv.h"
#include "mm/aspace.h"

#define IMAGE_PAGES 3
#define HEAP_BASE ((IMAGE_PAGES + 2) * PGSIZE) /* a guard, a stack page */

/* Make ready for them: so many pages, of which the kernel stacks of the global
 * table take some. Once. */
#define KERNEL_PAGES 160 /* no more */
void host_kernel(uint64 npages);

/* aspace_enter, aspace_leave and aspace_replace, with interrupts off for so
 * long; after host_kernel they are on. */
void host_enter(struct aspace *as);
void host_leave(void);
void host_replace(struct aspace *old, struct aspace *new);

/* One with text, data, a guard hole and a stack. 0 or -1. */
int build_aspace(struct aspace *as);

/* Whether they get a private table, whose mirror can be tested: it is one of
 * the exercises. */
bool has_private_table(const struct aspace *as);
bool has_mirror(void);

/* Map a zeroed page. 0 or -1. */
int map_fresh(struct aspace *as, uint64 va, uint64 perm);

/* The byte at va, made present for this access; NULL if it may not be. */
char *byte_at(struct aspace *as, uint64 va, enum access access);

#endif
