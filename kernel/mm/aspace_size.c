/* The break: growing and shrinking. */
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/page.h"
#include "mm/pt.h"

/* Whether [va, end) begins with an aligned 2 MiB. */
static bool begins_large(uint64 va, uint64 end)
{
  return va % SUPERPGSIZE == 0 && end - va >= SUPERPGSIZE;
}

/* The promises that the absent entries of [start, end) hold: one for each page,
 * and for each large entry one more. */
static uint64 promises_of(uint64 start, uint64 end)
{
  uint64 first = SUPERPGROUNDUP(start), last = SUPERPGROUNDDOWN(end);
  uint64 nlarge = first < last ? (last - first) / SUPERPGSIZE : 0;

  return (end - start) / PGSIZE + nlarge * (LARGE_RESERVATION - BLOCK_PAGES);
}

/* Mark the entries of [start, end), which are in one table of this level, as
 * paid for. 0, or -1 out of memory. */
static int mark_entries(struct aspace *as, uint64 start, uint64 end, int level)
{
  uint64 span = pt_span(level);
  pte_t *entry = entry_make(as, start, level);
  if (entry == NULL)
    return -1;

  for (uint64 va = start; va < end; va += span, entry++) {
    debug_assert(*entry == 0);
    entry_write(as, entry, PTE_RESERVED); /* absent before and after; M */
  }
  return 0;
}

/* Mark the absent pages of [start, end) as paid for. No level-0 table is left
 * where they span an aligned 2 MiB. How far that went: end, or less if memory
 * is out for tables. */
static uint64 mark_promised(struct aspace *as, uint64 start, uint64 end)
{
  for (uint64 va = start; va < end;) {
    int level = begins_large(va, end) ? PT_LARGE_LEVEL : 0;
    uint64 next = level > 0 ? va + SUPERPGSIZE
                            : min_u64(end, SUPERPGROUNDDOWN(va) + SUPERPGSIZE);
    if (mark_entries(as, va, next, level) < 0)
      return va;
    va = next;
  }
  return end;
}

/* The same, paying first. 0, or -1 with nothing of the range marked. */
static int promise_range(struct aspace *as, uint64 start, uint64 end)
{
  if (page_reserve(promises_of(start, end)) < 0)
    return -1;
  uint64 marked = mark_promised(as, start, end);
  if (marked == end) {
    aspace_check_touched(as, start, end);
    return 0;
  }

  /* What was marked holds its promises, and gives them back. */
  page_unreserve(promises_of(marked, end));
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

int aspace_shrink(struct aspace *as, uint64 new_size)
{
  uint64 start = PGROUNDUP(new_size);

  assert(new_size <= as->size);
  if (entry_cut(as, start) < 0)
    return -1;
  aspace_unmap(as, start, user_end(as));
  as->heap_base = min_u64(as->heap_base, start);
  set_size(as, new_size);
  return 0;
}
