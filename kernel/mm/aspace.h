/* Address spaces: both page tables of a process, and nobody else writes a
 * user PTE.
 *
 * Life: aspace_create or aspace_clone; aspace_map and aspace_set_heap while
 * exec builds it; resize and faults while it runs; aspace_destroy. Only the
 * process that owns it changes it, so it has no lock; others may look at it
 * while that process is held off every hart.
 *
 * Invariants, proved by aspace_check and, for K, aspace_check_global:
 *   M  slot i of the low level-1 page is the same word in both tables, for
 *      every i < MIRROR_SLOTS
 *   U  every leaf reachable through those slots has PTE_U
 *   S  root slots 1..254 and 256..511 and low slots MIRROR_SLOTS..511 of the
 *      private table equal the global table's
 *   H  root slot 255 of the private table is the user table's word; while the
 *      break is at or below USER_VA_STOP, all that is there is TRAPFRAME and
 *      TRAMPOLINE without PTE_U, and USYSCALL R--U
 *   K  no leaf of the global table has PTE_U
 *   W  no leaf has both W and X, except user pages of segments that asked
 *
 * Heap grown eagerly over an aligned 2 MiB becomes one leaf at its first touch,
 * if a block is to be had, else pages. The leaf is split in place when a part
 * of it goes, is asked about by aspace_test_accessed, or is written while
 * shared with no block to copy it to.
 *
 * What was grown eagerly and not touched is promised, tables included, so that
 * a touch of it cannot fail. Nothing else is: not the copies of what is shared
 * copy-on-write, nor the table that a leaf is split into.
 *
 * User mode runs on the private table, so that a trap changes no table, while
 * the break is at or below USER_VA_STOP: what it may touch there is the same
 * (U, H and K). Else, and while aspace_two_tables says so, it runs on the user
 * table.
 *
 * To take a page away: clear the entry, flush this hart and empty the sets of
 * clean ones, then free the frame. So does a table that goes, though it held
 * promises only: a hart may have cached the pointer to it. What only comes is
 * not flushed: a hart that had cached its absence takes a spurious fault. */
#ifndef MM_ASPACE_H
#define MM_ASPACE_H

#include "lib/base.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "trap/trap.h"

/* One of the two tables under its ASID, and what the harts' TLBs know of it.
 * A TLB may outlive an address space, so what is said here does, too. */
struct view {
  uint64 satp;          /* the table with its ASID */
  uint64 clean;         /* the clean set: harts whose TLB has nothing older than
                           the table, a bit each */
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
  pagetable_t high;          /* its level-0 page at the top; NULL: not made */
  pagetable_t kpagetable;    /* the private kernel table; NULL: not made */
  struct trapframe *frame;   /* mapped at TRAPFRAME; the process's */
  struct usyscall *usyscall; /* mapped at USYSCALL; the process's */
  uint64 size;               /* the break, in bytes */
  uint64 heap_base;          /* absent pages from here to size are lazy */
  uint64 icache_clean;       /* harts that may run its code without fence.i */
  bool wx;                   /* a segment asked for W and X */

  /* These stay from one life to the next. */
  uint64 first_asid; /* of the user table; the private table has the next */
  struct view view[NVIEWS];
};

/* Once at boot, after kvminit: check the global table. */
void aspace_init(void);

/* Make an empty address space (break 0): user table, its low level-1 page,
 * the high pair, the private kernel table. frame and usyscall are pages of
 * the caller, and stay the caller's. 0, or -1 out of memory, nothing taken. */
int aspace_create(struct aspace *as, struct trapframe *frame,
                  struct usyscall *usyscall);

/* Make child a copy of parent that shares its pages copy-on-write. What the
 * parent was promised stays the parent's: in the child this heap is lazy. The
 * caller runs on parent. 0, or -1 out of memory, nothing taken. */
int aspace_clone(struct aspace *child, struct aspace *parent,
                 struct trapframe *frame, struct usyscall *usyscall);

/* Free its user pages and table pages. No hart's satp names its tables.
 * frame and usyscall are left to the caller. Safe on one not made. */
void aspace_destroy(struct aspace *as);

/* Map page (one reference, which passes to as) at va, page aligned and below
 * TRAPFRAME, where nothing is; perm is of PTE_R, PTE_W, PTE_X. For exec, on an
 * address space that does not run. 0, or -1 out of memory: page is still the
 * caller's. */
int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm);

/* Heap begins, and the break is, at base: the end of exec's work. */
void aspace_set_heap(struct aspace *as, uint64 base);

/* Grow or shrink to new_size bytes (need not be page aligned). Growing
 * eagerly promises the memory; lazily, only the size changes. The caller runs
 * on as, or no hart does. 0, or -1 with as unchanged: out of memory, or
 * new_size > TRAPFRAME. Shrinking fails only if it cuts a leaf of 2 MiB whose
 * last page is shared, and no page is free for the table of those that stay. */
int aspace_grow(struct aspace *as, uint64 new_size);
int aspace_grow_lazily(struct aspace *as, uint64 new_size);
int aspace_shrink(struct aspace *as, uint64 new_size);

/* Make the access to va possible: lazy page, promised page or block,
 * copy-on-write, or spurious. va is below the break (rounded up to a page). 0;
 * -1: nothing may be there, or the mapping forbids it; or OUT_OF_MEMORY. Never
 * sleeps. With interrupts off it brings or copies one page, never a block. */
int aspace_fault(struct aspace *as, uint64 va, enum access access);

/* The address of the byte at va in the direct map, the page made present for
 * that access; 0 if it may not be. For the walking copies. */
uint64 aspace_resolve(struct aspace *as, uint64 va, enum access access);

/* Whether the mapping of va, as it is now, permits the access. */
bool aspace_permits(struct aspace *as, uint64 va, enum access access);

/* What the process may do at va, as the PTE that decides on it, be it of a page
 * or of 2 MiB: memory shared copy-on-write shows as writable, what is promised
 * is made present first. 0 if nothing is there. */
pte_t aspace_pte(struct aspace *as, uint64 va);

/* Whether the page at va was accessed since the last call for it (1 or 0);
 * clears its accessed bit. A promised page was not; each page of a leaf of
 * 2 MiB was, and stays so while memory is out for a table of its pages. -1:
 * nothing is there. */
int aspace_test_accessed(struct aspace *as, uint64 va);

/* Find out how many ASIDs this hart has: on every hart, on the global table,
 * interrupts off. Later, before the first address space: if every hart has
 * enough of them for NASPACE spaces and allowed says so, all use them. A hart
 * that comes after that may run processes only if asid_suffices there. */
void asid_probe(void);
void asid_settle(bool allowed);
bool asid_suffices(void);
bool asid_in_use(void);

/* The address space with this number, below NASPACE, has ASIDs of its own.
 * Once, at boot. */
#define NASPACE (2 * NPROC)
void aspace_number(struct aspace *as, int number);

/* Whether user mode always runs on the user table, from the next return to user
 * mode on. Any context. */
void aspace_set_two_tables(bool two);
bool aspace_two_tables(void);

/* satp writes, and flushes by sfence.vma, of all harts. */
uint64 satp_writes(void);
uint64 tlb_flushes(void);

/* The scheduler enters as on this hart (as may be NULL, for a kernel thread),
 * in hart->aspace and hart->frame too, or leaves it for the global table.
 * Interrupts off. */
void aspace_enter(struct aspace *as);
void aspace_leave(void);

/* exec's commit: old, which runs on this hart, is left for new, in the
 * trapframe's words, this hart's record and its satp. Interrupts off. After
 * it, old may be destroyed. */
void aspace_replace(struct aspace *old, struct aspace *new);

/* The satp that a process of as runs on in the kernel. */
uint64 aspace_kernel_satp(const struct aspace *as);

/* Check the rules; each breach is printed with rule, slot and address. The
 * number found. They hold whenever the process is off every hart, also amid an
 * operation. aspace_check_fast looks at M, S and the word of H only. */
int aspace_check(struct aspace *as);
int aspace_check_fast(struct aspace *as);

/* The part of it that looks at the leaves of the user's table: U, W and H. */
int aspace_check_leaves(struct aspace *as);

/* The same of the global table, on which all rely: K and W. */
int aspace_check_global(void);

/* The same of U and W alone, for the leaves that share va's level-0 page, or
 * the large one at va. */
int aspace_check_around(struct aspace *as, uint64 va);

#endif
