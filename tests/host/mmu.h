/* A hart's way to user memory in host tests: by the table in satp, while
 * sstatus has SUM, with faults that page_fault may resolve. Tables hold
 * addresses of the host, so what they map is really there. */
#ifndef HOST_MMU_H
#define HOST_MMU_H

#include "lib/base.h"

/* Carry out a load (ld, lbu) or a store (sd, sb). False: it faults. */
bool mmu_load(const char *instruction, uint64 *value, uint64 va);
bool mmu_store(const char *instruction, uint64 value, uint64 va);

/* While it is broken, each access faults and nobody is asked. */
void mmu_set_broken(bool broken);

#endif
