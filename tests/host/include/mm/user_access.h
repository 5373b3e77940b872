/* On the host, accesses to user memory go through the tables in satp, byte by
 * byte where the kernel has assembly. */
#ifndef MM_USER_ACCESS_H
#define MM_USER_ACCESS_H

#include "arch/csr.h"
#include "tests/host/mmu.h"

typedef uint64 __attribute__((may_alias)) user_word;

static inline void user_access_begin(void)
{
  csr_set(sstatus, SSTATUS_SUM);
}

static inline void user_access_end(void)
{
  csr_clear(sstatus, SSTATUS_SUM);
}

static inline bool user_load_word(uint64 va, user_word *word)
{
  return mmu_load(word, va, sizeof(*word));
}

static inline int user_copy_in(void *dst, uint64 srcva, uint64 nbytes)
{
  for (uint64 i = 0; i < nbytes; i++)
    if (!mmu_load((char *)dst + i, srcva + i, 1))
      return -1;
  return 0;
}

static inline int user_copy_out(uint64 dstva, const void *src, uint64 nbytes)
{
  for (uint64 i = 0; i < nbytes; i++)
    if (!mmu_store(dstva + i, (const char *)src + i, 1))
      return -1;
  return 0;
}

#endif
