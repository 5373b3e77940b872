/* On the host, accesses to user memory go through the tables in satp. */
#ifndef MM_USER_ACCESS_H
#define MM_USER_ACCESS_H

#include "arch/csr.h"
#include "tests/host/mmu.h"

static inline void user_access_begin(void)
{
  csr_set(sstatus, SSTATUS_SUM);
}

static inline void user_access_end(void)
{
  csr_clear(sstatus, SSTATUS_SUM);
}

#define USER_LOAD(instruction, value, va, offset)                              \
  do {                                                                         \
    if (!mmu_load(instruction, &(value), (va) + (offset)))                     \
      goto on_fault;                                                           \
  } while (0)

#define USER_STORE(instruction, value, va, offset)                             \
  do {                                                                         \
    if (!mmu_store(instruction, value, (va) + (offset)))                       \
      goto on_fault;                                                           \
  } while (0)

#endif
