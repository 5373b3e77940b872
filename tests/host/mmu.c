#include "tests/host/mmu.h"
#include "arch/csr.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/pt.h"
#include "trap/trap.h"

uint64 host_satp, host_sstatus, host_instret, host_cycle;

static bool is_broken;

void mmu_set_broken(bool broken)
{
  is_broken = broken;
}

/* Where va is, as a hart that sets no A and D by itself finds it; NULL for a
 * page fault. */
static char *translate(uint64 va, enum access access)
{
  pte_t needed = PTE_V | PTE_U | PTE_A;
  int level;
  pte_t word = *pt_find((pagetable_t)SATP_ROOT(csr_read(satp)), va, &level);

  needed |= access == ACCESS_WRITE ? PTE_W | PTE_D : PTE_R;
  if ((word & needed) != needed)
    return NULL;
  return (char *)PTE2PA(word) + va % pt_span(level);
}

static char *reach(uint64 va, uint64 width, enum access access)
{
  assert(csr_read(sstatus) & SSTATUS_SUM);
  assert(va % width == 0 && va < USER_VA_STOP);
  if (is_broken)
    return NULL;

  char *at = translate(va, access);
  if (at == NULL && page_fault(va, access) == 0) {
    at = translate(va, access);
    assert(at != NULL); /* what is resolved does not fault again */
  }
  return at;
}

bool mmu_load(void *dst, uint64 va, uint64 width)
{
  const char *at = reach(va, width, ACCESS_READ);

  if (at != NULL)
    memmove(dst, at, width);
  return at != NULL;
}

bool mmu_store(uint64 va, const void *src, uint64 width)
{
  char *at = reach(va, width, ACCESS_WRITE);

  if (at != NULL)
    memmove(at, src, width);
  return at != NULL;
}
