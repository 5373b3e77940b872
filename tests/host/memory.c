#include "tests/host/memory.h"
#include <stdlib.h>
#include "arch/image.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "mm/pt.h"

pagetable_t kernel_pagetable;
char trampoline[PGSIZE] __attribute__((aligned(PGSIZE)));

void host_memory(uint64 npages)
{
  /* What the allocator keeps of its pages takes a little over a page for each
   * block: the whole ones, one at either end. */
  uint64 nblocks = npages / BLOCK_PAGES + 2;
  uint64 nbytes = (npages + nblocks + nblocks / 64 + 1) * PGSIZE;
  char *memory = aligned_alloc(SUPERPGSIZE, SUPERPGROUNDUP(nbytes));

  assert(memory != NULL);
  page_add_range((uint64)memory, (uint64)memory + nbytes);
}

void host_kernel_table(void)
{
  kernel_pagetable = pt_alloc();
  assert(kernel_pagetable != NULL);
  assert(pt_map_large(kernel_pagetable, FINISHER, PGSIZE, FINISHER,
                      PTE_R | PTE_W) == 0);
  assert(pt_map_large(kernel_pagetable, PLIC, SUPERPGSIZE, PLIC,
                      PTE_R | PTE_W) == 0);
  assert(pt_map_large(kernel_pagetable, KERNBASE, 1L << 30, KERNBASE,
                      PTE_R | PTE_W) == 0);
  assert(mappages(kernel_pagetable, TRAMPOLINE, PGSIZE, (uint64)trampoline,
                  PTE_R | PTE_X) == 0);
}

void **host_table(uint64 entries)
{
  return calloc(entries, sizeof(void *));
}

void host_table_free(void **table)
{
  free(table);
}
