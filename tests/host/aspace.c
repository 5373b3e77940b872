#include "tests/host/aspace.h"
#include "arch/csr.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "tests/host/memory.h"

#define RAM_BYTES (128L << 20) /* that the global table maps */

void host_kernel(uint64 npages)
{
  host_memory(npages);
  kvminit(KERNBASE + RAM_BYTES);
  aspace_init();
  host_irqs_on = true;
}

int map_fresh(struct aspace *as, uint64 va, uint64 perm)
{
  void *page = kalloc_zeroed();
  if (page == NULL)
    return -1;
  if (aspace_map(as, va, page, perm) == 0)
    return 0;
  kfree(page);
  return -1;
}

int build_aspace(struct aspace *as)
{
  if (aspace_create_process(as) < 0)
    return -1;
  int result = map_fresh(as, 0, PTE_R | PTE_X);
  for (uint64 va = PGSIZE; result == 0 && va < IMAGE_PAGES * PGSIZE;
       va += PGSIZE)
    result = map_fresh(as, va, PTE_R | PTE_W);
  if (result == 0)
    result = map_fresh(as, HEAP_BASE - PGSIZE, PTE_R | PTE_W);
  if (result < 0)
    aspace_destroy(as);
  return result;
}

bool has_private_table(const struct aspace *as)
{
  return as->kpagetable != kernel_pagetable;
}

bool has_mirror(void)
{
  struct aspace as;
  if (build_aspace(&as) < 0)
    return false;
  bool has = has_private_table(&as);
  aspace_destroy(&as);
  return has;
}

char *byte_at(struct aspace *as, uint64 va, enum access access)
{
  return walkaddr(as, va, access);
}

void host_enter(struct aspace *as)
{
  host_irqs_on = false;
  aspace_enter(as);
  host_irqs_on = true;
}

void host_leave(void)
{
  host_irqs_on = false;
  aspace_leave();
  host_irqs_on = true;
}

void host_replace(struct aspace *old, struct aspace *new)
{
  host_irqs_on = false;
  aspace_replace(old, new);
  host_irqs_on = true;
}
