/* Sv39 page tables: RISC-V Privileged 1.12, Sv39. A table page is named by
 * its address in the direct map. Nothing here flushes a TLB: the callers,
 * which know what harts may have seen, do.
 *
 * A word of a table is one of:
 *   0                            absent
 *   PTE_RESERVED without PTE_V   absent, but memory for it is reserved: a page,
 *                                or in PT_LARGE_LEVEL a block
 *   PTE_V without R, W and X     a pointer to the next table
 *   PTE_V with any of them       a leaf
 * Only macros here and in kernel/riscv.h take a PTE apart. */
#ifndef MM_PT_H
#define MM_PT_H

#include "lib/base.h"
#include "kernel/riscv.h"

#define PT_ENTRIES 512
#define PT_ROOT_LEVEL 2
#define PT_LARGE_LEVEL 1 /* its leaves span SUPERPGSIZE */

/* Bits that the hardware leaves to us (RSW). */
#define PTE_COW (1L << 8)      /* leaf: may be written after page_unshare */
#define PTE_RESERVED (1L << 9) /* absent: memory for it is reserved */
#define PTE_AHEAD (1L << 9)    /* leaf: came before its first touch, if not A */

#define PTE_RWX (PTE_R | PTE_W | PTE_X)

static inline bool pte_valid(pte_t pte)
{
  return (pte & PTE_V) != 0;
}

static inline bool pte_is_leaf(pte_t pte)
{
  return (pte & PTE_V) && (pte & PTE_RWX);
}

static inline bool pte_is_table(pte_t pte)
{
  return (pte & PTE_V) && !(pte & PTE_RWX);
}

/* The table or page that a valid entry points to. */
static inline void *pte_target(pte_t pte)
{
  return (void *)PTE2PA(pte);
}

static inline pte_t pte_make_table(const void *table)
{
  return PA2PTE(table) | PTE_V;
}

/* A leaf for pa with R, W, X, U, G and software bits of perm; with A, and
 * with D if it is writable. */
static inline pte_t pte_make_leaf(uint64 pa, uint64 perm)
{
  return PA2PTE(pa) | perm | PTE_V | PTE_A | (perm & PTE_W ? PTE_D : 0);
}

/* Bytes that one entry of this level spans. */
static inline uint64 pt_span(int level)
{
  return 1UL << PXSHIFT(level);
}

/* The entry that decides on va, which is in *level: the first one on the way
 * down that points to no table. va < MAXVA. */
pte_t *pt_find(pagetable_t root, uint64 va, int *level);

/* The entry of va in level 0, with the tables on the way made if alloc. NULL:
 * no table, or no memory for one, or a large leaf is in the way. va < MAXVA. */
pte_t *walk(pagetable_t root, uint64 va, int alloc);

/* Map [va, va + size) to pa with perm, by the largest leaves that alignment and
 * size allow; all are page aligned, and nothing of the range is mapped. 0, or
 * -1 out of memory (the part that was mapped stays). */
int mappages(pagetable_t root, uint64 va, uint64 size, uint64 pa, uint64 perm);

/* Call visit for every entry that is not 0 of the table at this level, which
 * maps addresses from va on, in rising order, a table before what it holds;
 * it may change the entry, whose address is given. If it returns false for a
 * table, what that table holds is passed over. */
typedef bool (*pt_visitor)(pte_t *pte, int level, uint64 va, void *context);
void pt_visit(pagetable_t table, int level, uint64 va, pt_visitor visit,
              void *context);

#endif
