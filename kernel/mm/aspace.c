/* Making address spaces, filling them, and taking them down. */
#include "mm/aspace.h"
#include "arch/image.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace_entry.h"
#include "mm/kpagetable.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pt.h"

void aspace_init(void)
{
  assert(aspace_check_global() == 0);
}

/* The high pair, and what stands in it. 0, or -1 out of memory. */
static int make_high_pair(struct aspace *as)
{
  static_assert(PX(0, TRAPFRAME) + 1 == PX(0, TRAMPOLINE) &&
                    PX(0, USYSCALL) + 1 == PX(0, TRAPFRAME),
                "one level-0 page holds them");
  pte_t *trampoline_entry = walk(as->pagetable, TRAMPOLINE, 1);
  if (trampoline_entry == NULL)
    return -1;

  as->high = trampoline_entry - PX(0, TRAMPOLINE);
  *trampoline_entry = pte_make_leaf((uint64)trampoline, PTE_R | PTE_X | PTE_G);
  as->high[PX(0, TRAPFRAME)] = pte_make_leaf((uint64)as->frame, PTE_R | PTE_W);
  usyscall_show(as);
  return 0;
}

/* The tables that live as long as the address space. */
static int make_tables(struct aspace *as)
{
  as->pagetable = pt_alloc();
  if (as->pagetable == NULL)
    return -1;
  as->low = pt_alloc();
  if (as->low == NULL)
    return -1;
  as->pagetable[PX(PT_ROOT_LEVEL, 0)] = pte_make_table(as->low);
  if (make_high_pair(as) < 0)
    return -1;
  if (kpagetable_create(as->pagetable, &as->kpagetable) < 0)
    return -1;
  aspace_set_views(as);
  return 0;
}

/* Free the tables that live as long as as, made so far. */
static void free_tables(struct aspace *as)
{
  if (as->pagetable == NULL)
    return;
  pte_t top = as->pagetable[PX(PT_ROOT_LEVEL, TRAMPOLINE)];
  if (as->kpagetable != NULL)
    kpagetable_free(as->kpagetable);
  if (as->high != NULL)
    kfree(as->high);
  if (pte_is_table(top))
    kfree(pte_target(top));
  if (as->low != NULL)
    kfree(as->low);
  kfree(as->pagetable);
  memset(as, 0, offsetof(struct aspace, first_asid));
}

int aspace_create(struct aspace *as, struct trapframe *frame,
                  struct usyscall *usyscall)
{
  memset(as, 0, offsetof(struct aspace, first_asid));
  as->frame = frame;
  as->usyscall = usyscall;
  if (make_tables(as) == 0)
    return 0;
  free_tables(as);
  return -1;
}

void aspace_destroy(struct aspace *as)
{
  if (as->pagetable == NULL)
    return;
  if (DEBUG)
    assert(aspace_check(as) == 0);

  aspace_unmap(as, 0, user_end(as));
  free_tables(as);
}

int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm)
{
  assert(va % PGSIZE == 0 && va < TRAPFRAME);
  pte_t *entry = entry_make(as, va, 0);
  if (entry == NULL) {
    /* A table that has come may be beyond the break, where nobody looks. */
    aspace_unmap(as, user_end(as), max_u64(user_end(as), va + PGSIZE));
    return -1;
  }

  assert(*entry == 0);
  entry_write(as, entry, pte_make_leaf((uint64)page, perm | PTE_U)); /* U, M */
  as->size = as->heap_base = max_u64(as->size, va + PGSIZE);
  as->wx = as->wx || ((perm & PTE_W) && (perm & PTE_X));
  return 0;
}

void aspace_set_heap(struct aspace *as, uint64 base)
{
  as->heap_base = base;
  as->size = base;
}
