/* A hart's way to user memory in host tests: by the table in satp, while
 * sstatus has SUM, with faults that page_fault may resolve. Tables hold
 * addresses of the host, so what they map is really there. */
#ifndef HOST_MMU_H
#define HOST_MMU_H

#include "lib/base.h"

/* Carry out a load or a store of so many bytes: 1, or 8 at a multiple of 8.
 * False: it faults. */
bool mmu_load(void *dst, uint64 va, uint64 width);
bool mmu_store(uint64 va, const void *src, uint64 width);

/* While it is broken, each access faults and nobody is asked. */
void mmu_set_broken(bool broken);

#endif
