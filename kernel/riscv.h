/* Pages, Sv39 page-table entries, and the two registers that user programs
 * read. Control and status registers are the kernel's: kernel/arch/csr.h.
 * RISC-V Privileged 1.12, Sv39: Page-Based 39-bit Virtual-Memory System. */
#ifndef KERNEL_RISCV_H
#define KERNEL_RISCV_H

#ifndef __ASSEMBLER__
#include "kernel/types.h"
#endif

#define PGSIZE 4096
#define PGSHIFT 12
#define PGROUNDUP(a) (((a) + PGSIZE - 1) & ~(PGSIZE - 1L))
#define PGROUNDDOWN(a) ((a) & ~(PGSIZE - 1L))

/* The reach of a level-1 leaf. */
#define SUPERPGSIZE (2L * 1024 * 1024)
#define SUPERPGROUNDUP(a) (((a) + SUPERPGSIZE - 1) & ~(SUPERPGSIZE - 1))
#define SUPERPGROUNDDOWN(a) ((a) & ~(SUPERPGSIZE - 1))

/* Half of Sv39's 39 bits, so that no address needs sign extension. */
#define MAXVA (1L << 38)

/* A page-table entry: a physical page number above ten flags. If none of R, W
 * and X is set it points to the table of the next level, else it is a leaf. */
#define PTE_V (1L << 0) /* valid: without it the hardware ignores the rest */
#define PTE_R (1L << 1) /* may be read */
#define PTE_W (1L << 2) /* may be written */
#define PTE_X (1L << 3) /* may be executed */
#define PTE_U (1L << 4) /* user mode may do so, and S-mode only with SUM */
#define PTE_G (1L << 5) /* global: the same in every address space */
#define PTE_A (1L << 6) /* accessed */
#define PTE_D (1L << 7) /* dirty: written */

#define PTE_FLAGS(pte) ((pte)&0x3FFL)
#define PTE2PA(pte) (((pte) >> 10) << PGSHIFT)
#define PA2PTE(pa) (((uint64)(pa) >> PGSHIFT) << 10)

/* The index of va in a table of this level: 2 is the root, 0 the last. */
#define PXSHIFT(level) (PGSHIFT + 9 * (level))
#define PX(level, va) (((uint64)(va) >> PXSHIFT(level)) & 0x1FF)

#ifndef __ASSEMBLER__

typedef uint64 pte_t;
typedef uint64 *pagetable_t; /* 512 entries, one page */

#ifdef __riscv
/* Real time in ticks of the machine's timebase. */
static inline uint64 r_time(void)
{
  uint64 now;
  __asm__ volatile("rdtime %0" : "=r"(now));
  return now;
}

static inline uint64 r_sp(void)
{
  uint64 sp;
  __asm__ volatile("mv %0, sp" : "=r"(sp));
  return sp;
}
#endif

#endif /* __ASSEMBLER__ */

#endif
