/* The entries of an address space's tables: the one place that writes them,
 * and what must be done when one is taken away. For aspace*.c alone. */
#ifndef MM_ASPACE_ENTRY_H
#define MM_ASPACE_ENTRY_H

#include "mm/aspace.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pt.h"

/* One past the last address that may be a user page of as. */
static inline uint64 user_end(const struct aspace *as)
{
  return PGROUNDUP(as->size);
}

/* An entry is large if it stands for a whole block of user memory, by a leaf
 * of 2 MiB or a promise. A large leaf always has A, and D if it has W: no hart
 * ever sets a bit of its own in one of the two tables (M). */
static inline bool entry_is_large(pte_t word, int level)
{
  return word != 0 && level > 0 && !pte_is_table(word);
}

/* The promises that a large entry holds while it is absent: those of its pages,
 * and one for the table that names them if no block is to be had. */
#define LARGE_RESERVATION (BLOCK_PAGES + 1)

/* Write a slot of the low level-1 page in both tables. */
void entry_write_mirrored(struct aspace *as, pte_t *entry, pte_t word);

/* Write an entry of the user table, and its twin if it is a mirrored slot.
 * The caller knows which flush follows. */
static inline void entry_write(struct aspace *as, pte_t *entry, pte_t word)
{
  if (entry >= as->low && entry < as->low + MIRROR_SLOTS)
    entry_write_mirrored(as, entry, word);
  else
    *entry = word;
}

/* The entry that decides on va, and its level: what pt_find finds. */
pte_t *entry_find(struct aspace *as, uint64 va, int *level);

/* The entry of va in this level, where nothing large is above it, with the
 * tables on the way. NULL if memory is out. */
pte_t *entry_make(struct aspace *as, uint64 va, int level);

/* Let a table of pages that are the same take the place of a large entry. 0, or
 * -1 with nothing changed: memory is out. A promised entry pays for it. */
int entry_split(struct aspace *as, pte_t *entry);

/* The same, if a large entry begins below va and ends above, where all is about
 * to be unmapped: fails only if others share its last page, too. */
int entry_cut(struct aspace *as, uint64 va);

/* Whether a leaf permits a user this access. */
bool entry_permits(pte_t pte, enum access access);

/* A new life begins for as: its tables are made, and no hart is clean. */
void aspace_set_views(struct aspace *as);

/* After entries were removed or restricted: empty the sets of clean harts, and
 * flush this one if it runs on as. Before any frame is freed that they named.
 * The other is for one leaf, of a page, at va: this hart stays clean. */
void aspace_flush(struct aspace *as);
void aspace_flush_leaf(struct aspace *as, uint64 va);

/* In debug builds, after an operation on the range [start, end): the checker
 * finds nothing in the level-0 pages that it touched. */
void aspace_check_touched(struct aspace *as, uint64 start, uint64 end);

/* Take away all that [start, end) holds, both page aligned and at most
 * TRAPFRAME, with the tables that it alone needs. start lies within no large
 * entry, and no user page is at or above end. */
void aspace_unmap(struct aspace *as, uint64 start, uint64 end);

/* Put the shared page at USYSCALL, or take it away for the heap. */
void usyscall_show(struct aspace *as);
void usyscall_hide(struct aspace *as);

#endif
