/* Address spaces: the user table of a process, its private kernel table, and
 * the memory in them. Nothing outside of aspace*.c writes a user PTE.
 *
 * A life: fork makes one by aspace_clone, exec by aspace_create and aspace_map,
 * and puts it in the old one's place by aspace_replace. While it runs, the
 * break moves (grow, shrink), and page faults bring and copy pages.
 * aspace_destroy ends it. Only the process that owns it changes it, so there is
 * no lock; others may look at it while the process is off every hart.
 *
 * Invariants, which aspace_check and, for K, aspace_check_global prove, and
 * which comments name by their letters. Slot i is entry i of the low level-1
 * page, which is the table for the lowest GiB.
 *   M  (mirror) slot i is the same word in both tables, for i < MIRROR_SLOTS
 *   U  (user) every leaf reachable through those slots has PTE_U
 *   S  (shared) all other slots of the private table, and all entries of its
 *      root but 0 and 255, equal the global table's
 *   H  (high) root slot 255 of the private table is the user table's word; if
 *      the break is at or below USER_VA_STOP, all that is there is TRAPFRAME
 *      and TRAMPOLINE without PTE_U, and USYSCALL R--U
 *   K  (kernel) no leaf of the global table has PTE_U
 *   W  no leaf has both W and X, except user pages of segments that asked
 *
 * Heap. Eager growth reserves the memory, tables included, so that the first
 * touch of it cannot fail; until then the entry is PTE_RESERVED. Lazy growth
 * reserves nothing: its entries are 0. An aligned 2 MiB that was grown eagerly
 * becomes one large leaf at its first touch if a block is free, else pages. A
 * large leaf is split into pages when a part of it goes, when
 * aspace_test_accessed asks for one of its pages, or when it is written while
 * shared and no block is free for the copy. While first touches of reserved
 * pages come in order, each brings the next pages, too. Until they are touched,
 * these have PTE_AHEAD and no A, and to fork and aspace_test_accessed they are
 * what they were: reserved.
 *
 * Copy-on-write. fork lets both processes point to the same pages and takes
 * PTE_W from both, leaving PTE_COW in its place (aspace_clone). The first that
 * writes faults, and gets a copy of its own (aspace_fault); whoever is left
 * alone with a page gets PTE_W back, without a copy. Copies are not reserved: a
 * fork that never writes must not fail for them. */
#ifndef MM_ASPACE_H
#define MM_ASPACE_H

#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "lib/base.h"
#include "mm/kpagetable.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "sync/spinlock.h"
#include "trap/trap.h"

/* One of the two tables under its ASID, and what the harts' TLBs know of it. */
struct view {
  uint64 satp;          /* the table with its ASID */
  uint64 clean;         /* the clean set, see aspace_switch.c: a bit per hart */
  uint64 generation;    /* rises at each removal and new space; debug */
  uint64 flushed[NCPU]; /* generation at each hart's last flush; debug */
};

enum view_name {
  USER_VIEW,
  KERNEL_VIEW, /* of the private table */
  NVIEWS,
};

struct aspace {
  pagetable_t pagetable;     /* the user table; NULL: not made */
  pagetable_t low;           /* its low level-1 page */
  pagetable_t high;          /* its level-0 page at the top */
  pagetable_t kpagetable;    /* the private kernel table */
  struct trapframe *frame;   /* at TRAPFRAME; NULL while exec builds it */
  struct usyscall *usyscall; /* at USYSCALL, unless the heap is there; NULL
                                while exec builds it */
  uint64 size;               /* the break, in bytes */
  uint64 heap_base;    /* absent pages from here to size are reserved or lazy */
  uint64 ahead_end;    /* where a touch in order comes next; 0: nowhere */
  uint64 nahead;       /* pages that the last such touch brought */
  uint64 icache_clean; /* harts that may run its code without fence.i */
  bool wx;             /* a segment asked for W and X */

  /* These stay from one life to the next, as what TLBs hold does. */
  uint64 first_asid; /* of the user table; the private table has the next */
  struct view view[NVIEWS];
};

/* Once at boot, after kvminit: check the global table (K, W). */
void aspace_init(void);

/* Give an address space the ASIDs of its number < NASPACE. Once for each. */
#define NASPACE (2 * NPROC)
void aspace_number(struct aspace *as, int number);

/* Make an empty address space (break 0) of tables alone, for exec; or one with
 * a zeroed trapframe and usyscall page, for process 1. 0, or -1 out of memory,
 * nothing taken. */
int aspace_create(struct aspace *as);
int aspace_create_process(struct aspace *as);

/* Make child a copy of parent, on which the caller runs: the pages are shared
 * copy-on-write, and the trapframe is copied. What is reserved stays the
 * parent's; in the child it is lazy. 0, or -1 out of memory, nothing taken. */
int aspace_clone(struct aspace *child, struct aspace *parent);

/* Free all that it has, if it was made. No hart's satp names its tables. */
void aspace_destroy(struct aspace *as);

/* For exec: map page (one reference, which passes to as) at va, page aligned
 * and below USYSCALL, where nothing is; perm is of PTE_R, PTE_W, PTE_X. The
 * break and the heap's beginning are where the highest page ends. 0, or -1 out
 * of memory: page is still the caller's. */
int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm);

/* Move the break to new_size bytes (need not be page aligned). The caller runs
 * on as, or no hart does. 0, or -1 with as unchanged: out of memory, or
 * new_size > TRAPFRAME. Shrinking fails only if it cuts a large leaf whose last
 * page is shared, and no page is free for the table of the pages that stay. */
int aspace_grow(struct aspace *as, uint64 new_size);
int aspace_grow_lazily(struct aspace *as, uint64 new_size);
int aspace_shrink(struct aspace *as, uint64 new_size);

/* Make the access to va possible: bring a page or block, copy on write, or mend
 * a spurious fault. 0; -1: nothing may be there, or the mapping forbids it; or
 * OUT_OF_MEMORY. Never sleeps. With interrupts off it brings one page only. */
int aspace_fault(struct aspace *as, uint64 va, enum access access);

/* The byte at va in the direct map, its page made present for that access; NULL
 * if that may not be. For the walking copies. */
void *walkaddr(struct aspace *as, uint64 va, enum access access);

/* Whether the mapping of va, as it is, permits the access. */
bool aspace_permits(struct aspace *as, uint64 va, enum access access);

/* What the process may do at va, as the PTE of its page or large leaf: what is
 * shared copy-on-write shows as writable, what is reserved is brought first. 0:
 * nothing is there. */
pte_t aspace_pte(struct aspace *as, uint64 va);

/* Whether the page at va was accessed since the last call for it (1 or 0);
 * clears its accessed bit. A reserved page was not; each page of a large leaf
 * was, and stays so while memory is out for a table of its pages. -1: no page.
 */
int aspace_test_accessed(struct aspace *as, uint64 va);

/* Find out how many ASIDs this hart has: on every hart, on the global table,
 * interrupts off. Later, before the first address space: if all harts have
 * started with enough for NASPACE spaces, and allowed, asids_used is set. */
void asid_probe(void);
void asid_settle(bool allowed);
extern bool asids_used;

/* Whether user mode always runs on the user table, from its next entry on. */
void aspace_set_two_tables(bool two);
bool aspace_two_tables(void);

/* For the scheduler: put this hart on as, in satp, hart->aspace and hart->frame
 * (NULL, for a kernel thread: it stays on the global table); or back on the
 * global table. Interrupts off. */
void aspace_enter(struct aspace *as);
void aspace_leave(void);

/* exec's commit: this hart leaves old, on which it runs, for new, which gets
 * the trapframe and usyscall page of old. It cannot fail; after it, old may be
 * destroyed. Interrupts off. */
void aspace_replace(struct aspace *old, struct aspace *new);

/* The satp that a process of as runs on in the kernel. */
static inline uint64 aspace_kernel_satp(const struct aspace *as)
{
  return as->view[KERNEL_VIEW].satp;
}

/* Check the rules, and print each breach; the number found. They hold whenever
 * the process is off every hart, also amid an operation. The second looks at M,
 * S and, of H, root slot 255 only; the third at the user table's leaves (U, W,
 * H) that share a level-0 page with one of [start, end); the last at the global
 * table (K, W). */
int aspace_check(struct aspace *as);
int aspace_check_fast(struct aspace *as);
int aspace_check_range(struct aspace *as, uint64 start, uint64 end);
int aspace_check_global(void);

/* The rest is for aspace*.c alone. */

/* One past the last address that may be a user page of as. */
static inline uint64 user_end(const struct aspace *as)
{
  return PGROUNDUP(as->size);
}

/* Whether an entry stands for an aligned 2 MiB of user memory: a leaf or a
 * reservation. A large leaf always has A, and D if it has W, so that no hart
 * sets a bit of its own in one of the two tables (M). */
static inline bool entry_is_large(pte_t word, int level)
{
  return word != 0 && level > 0 && !pte_is_table(word);
}

/* Whether an entry is of a page that came before its first touch. */
static inline bool entry_is_ahead(pte_t word)
{
  return pte_valid(word) && (word & (PTE_AHEAD | PTE_A)) == PTE_AHEAD;
}

/* The pages reserved by a large entry: its own, and one for the table that
 * names them if no block is free. */
#define LARGE_RESERVATION (BLOCK_PAGES + 1)

/* Write an entry of the user table. A mirrored slot goes to both level-1 pages
 * (M); level-0 pages are shared by both tables, so there one store is for both.
 * The caller knows which flush follows. */
static inline void entry_write(struct aspace *as, pte_t *entry, pte_t word)
{
  if (entry < as->low || entry >= as->low + MIRROR_SLOTS) {
    *entry = word;
    return;
  }
  irq_push(); /* nobody sees one of the two stores without the other */
  kpagetable_set_slot(as->low, as->kpagetable, entry - as->low, word);
  irq_pop();
}

/* The entry of va in this level, where nothing large is above it, with the
 * tables on the way. NULL if memory is out. */
pte_t *entry_make(struct aspace *as, uint64 va, int level);

/* Let a table of its pages take the place of a large entry. 0, or -1 with
 * nothing changed: memory is out. It cannot fail for a reserved entry, whose
 * reservation includes the table's page. */
int entry_split(struct aspace *as, pte_t *entry);

/* The same, if a large entry begins below va and ends above, where all is about
 * to be unmapped: fails only if others share its last page, too. */
int entry_cut(struct aspace *as, uint64 va);

/* Take away all user memory from start on, page aligned and in no large entry,
 * with the tables that it alone needs. */
void aspace_unmap(struct aspace *as, uint64 start);

/* A new life begins for as: its tables are made, and no hart is clean. */
void aspace_set_views(struct aspace *as);

/* After entries were removed or restricted, see aspace_switch.c: empty the
 * clean sets, and flush this hart if it runs on as. The other is for one leaf,
 * of a page, at va: this hart stays clean. */
void aspace_flush(struct aspace *as);
void aspace_flush_leaf(struct aspace *as, uint64 va);

#endif
