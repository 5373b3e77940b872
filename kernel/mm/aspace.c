/* Making address spaces, filling them, and taking them down. */
#include "mm/aspace.h"
#include "arch/image.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace_entry.h"
#include "mm/kpagetable.h"
#include "mm/page.h"
#include "mm/pt.h"

/* Whether private kernel tables are written and work: aspace_init. */
static bool private_tables;

/* Make a private table for an empty low page, and try its mirror. */
static bool probe_private_table(pagetable_t low)
{
  const pte_t word = pte_make_table(low);
  pagetable_t root;

  if (kpagetable_create(low, &root) < 0)
    return false;
  bool works = kpagetable_set_slot(low, root, 0, word) == 0 && low[0] == word &&
               kpagetable_low(root)[0] == word;
  return kpagetable_free(root) == 0 && works;
}

void aspace_init(void)
{
  pagetable_t low = pt_alloc();
  if (low == NULL)
    panic("no memory to try a private kernel table");
  private_tables = probe_private_table(low);
  page_put(low);
  if (!private_tables)
    printk("no private kernel tables: processes run on the global one\n");
}

/* The tables that live as long as the address space: root, low level-1 page,
 * and, made by the first mapping at the top, the high pair. */
static int make_tables(struct aspace *as)
{
  as->pagetable = pt_alloc();
  if (as->pagetable == NULL)
    return -1;
  as->low = pt_alloc();
  if (as->low == NULL)
    return -1;
  as->pagetable[PX(PT_ROOT_LEVEL, 0)] = pte_make_table(as->low);

  if (mappages(as->pagetable, TRAMPOLINE, PGSIZE, (uint64)trampoline,
               PTE_R | PTE_X | PTE_G) < 0 ||
      mappages(as->pagetable, TRAPFRAME, PGSIZE, (uint64)as->frame,
               PTE_R | PTE_W) < 0)
    return -1;
  usyscall_show(as);

  return private_tables ? kpagetable_create(as->low, &as->kpagetable) : 0;
}

int aspace_create(struct aspace *as, struct trapframe *frame,
                  struct usyscall *usyscall)
{
  memset(as, 0, sizeof(*as));
  as->frame = frame;
  as->usyscall = usyscall;
  if (make_tables(as) == 0)
    return 0;
  aspace_destroy(as);
  return -1;
}

/* Free the tables below table, and it; user pages are gone already. */
static void free_tables(pagetable_t table, int level)
{
  for (int i = 0; level > 0 && i < PT_ENTRIES; i++)
    if (pte_is_table(table[i]))
      free_tables(pte_target(table[i]), level - 1);
  page_put(table);
}

void aspace_destroy(struct aspace *as)
{
  if (as->pagetable == NULL)
    return;
  if (DEBUG)
    assert(aspace_check(as) == 0);

  aspace_unmap(as, 0, user_end(as));
  if (as->kpagetable != NULL)
    kpagetable_free(as->kpagetable);
  free_tables(as->pagetable, PT_ROOT_LEVEL);
  memset(as, 0, sizeof(*as));
}

int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm)
{
  assert(va % PGSIZE == 0 && va < TRAPFRAME);
  pte_t *entry = entry_make(as, va);
  if (entry == NULL)
    return -1;

  assert(*entry == 0);
  entry_write(as, entry, pte_make_leaf((uint64)page, perm | PTE_U)); /* U, M */
  aspace_flush_added(va);
  as->size = as->heap_base = max_u64(as->size, va + PGSIZE);
  as->wx = as->wx || ((perm & PTE_W) && (perm & PTE_X));
  return 0;
}

void aspace_set_heap(struct aspace *as, uint64 base)
{
  as->heap_base = base;
  as->size = base;
}
