/* The break: growing and shrinking. */
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/page.h"
#include "mm/pt.h"

/* Mark the absent pages of [start, end) as paid for. 0, or -1 out of memory
 * for tables. */
static int mark_promised(struct aspace *as, uint64 start, uint64 end)
{
  for (uint64 va = start; va < end; va += PGSIZE) {
    pte_t *entry = entry_make(as, va);
    if (entry == NULL)
      return -1;
    assert(*entry == 0);
    *entry = PTE_PROMISED; /* level 0, and absent before and after */
  }
  return 0;
}

/* The same, paying first. On failure nothing of the range is marked. */
static int promise_range(struct aspace *as, uint64 start, uint64 end)
{
  uint64 npages = (end - start) / PGSIZE;

  if (page_promise(npages) < 0)
    return -1;
  if (mark_promised(as, start, end) == 0) {
    aspace_check_touched(as, start, end);
    return 0;
  }

  /* Take back the marks that were made, each with its promise, and the
   * promises of those that were not. */
  uint64 promised = 0;
  for (uint64 va = start; va < end; va += PGSIZE) {
    pte_t *entry = entry_find(as, va);
    if (entry == NULL || *entry != PTE_PROMISED)
      break;
    promised++;
  }
  page_unpromise(npages - promised);
  aspace_unmap(as, start, end);
  return -1;
}

static void set_size(struct aspace *as, uint64 new_size)
{
  bool was_heap = as->size > USYSCALL, is_heap = new_size > USYSCALL;

  as->size = new_size;
  if (is_heap && !was_heap)
    usyscall_hide(as);
  if (was_heap && !is_heap)
    usyscall_show(as);
}

int aspace_grow_lazily(struct aspace *as, uint64 new_size)
{
  if (new_size > TRAPFRAME)
    return -1;
  set_size(as, new_size);
  return 0;
}

int aspace_grow(struct aspace *as, uint64 new_size)
{
  uint64 old_size = as->size;
  uint64 start = user_end(as);

  if (aspace_grow_lazily(as, new_size) < 0)
    return -1;
  if (start < user_end(as) && promise_range(as, start, user_end(as)) < 0) {
    set_size(as, old_size);
    return -1;
  }
  return 0;
}

void aspace_shrink(struct aspace *as, uint64 new_size)
{
  assert(new_size <= as->size);
  aspace_unmap(as, PGROUNDUP(new_size), user_end(as));
  as->heap_base = min_u64(as->heap_base, PGROUNDUP(new_size));
  set_size(as, new_size);
}
