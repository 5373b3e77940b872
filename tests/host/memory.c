#include "tests/host/memory.h"
#include <stdlib.h>
#include "arch/image.h"
#include "lib/panic.h"
#include "mm/page.h"
#include "mm/pt.h"

char trampoline[PGSIZE] __attribute__((aligned(PGSIZE)));

void host_memory(uint64 npages)
{
  /* What the allocator keeps of its pages takes a little over a page for each
   * block: the whole ones, one at either end. */
  uint64 nblocks = npages / BLOCK_PAGES + 2;
  uint64 nbytes = (npages + nblocks + nblocks / 64 + 1) * PGSIZE;
  char *memory = aligned_alloc(SUPERPGSIZE, SUPERPGROUNDUP(nbytes));

  assert(memory != NULL);
  page_init((uint64)memory, (uint64)memory + nbytes);
  page_add_range((uint64)memory, (uint64)memory + nbytes);
}

void **host_table(uint64 entries)
{
  return calloc(entries, sizeof(void *));
}

void host_table_free(void **table)
{
  free(table);
}

void get_shared(void *page)
{
  pte_t entry = pte_make_leaf((uint64)page, PTE_R | PTE_COW);
  pages_get(&entry, 1);
}

void put_shared(void *page)
{
  pte_t entry = pte_make_leaf((uint64)page, PTE_R | PTE_COW);
  pages_put(&entry, 1);
}
