/* The entries of an address space's tables: the one place that writes them,
 * and what must be done when one is taken away. For aspace*.c alone. */
#ifndef MM_ASPACE_ENTRY_H
#define MM_ASPACE_ENTRY_H

#include "mm/aspace.h"
#include "mm/pt.h"

/* One past the last address that may be a user page of as. */
static inline uint64 user_end(const struct aspace *as)
{
  return PGROUNDUP(as->size);
}

/* Write an entry of the user table, and its twin if it is a mirrored slot.
 * The caller knows which flush follows. */
void entry_write(struct aspace *as, pte_t *entry, pte_t word);

/* The level-0 entry of va, NULL if there is no table for it; entry_make makes
 * the tables, and is NULL only if memory is out. */
pte_t *entry_find(struct aspace *as, uint64 va);
pte_t *entry_make(struct aspace *as, uint64 va);

/* Whether a leaf permits a user this access. */
bool entry_permits(pte_t pte, enum access access);

/* After entries were removed or restricted: flush this hart and empty the set
 * of clean ones. Before any frame is freed that they named. */
void aspace_flush(struct aspace *as);

/* After an entry was added or given more rights: this hart's fence. Others
 * may take a spurious fault. */
void aspace_flush_added(uint64 va);

/* In debug builds, after an operation on the range [start, end): the checker
 * finds nothing in the level-0 pages that it touched. */
void aspace_check_touched(struct aspace *as, uint64 start, uint64 end);

/* Give back what a level-0 entry stood for: its frame or its promise. The
 * entry is cleared, and flushed, already. */
void entry_release(pte_t word);

/* Take away all that [start, end) holds, both page aligned and at most
 * TRAPFRAME, with the tables that it alone needs. No user page is at or above
 * end. Cannot fail. */
void aspace_unmap(struct aspace *as, uint64 start, uint64 end);

/* Put the shared page at USYSCALL, or take it away for the heap. */
void usyscall_show(struct aspace *as);
void usyscall_hide(struct aspace *as);

#endif
