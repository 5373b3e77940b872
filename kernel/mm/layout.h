/* Virtual addresses that are the kernel's alone. */
#ifndef MM_LAYOUT_H
#define MM_LAYOUT_H

#include "arch/kstack.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"

/* Kernel stacks: one for each process slot and each kernel thread. */
#define NKTHREAD 2
#define NKSTACK (NPROC + NKTHREAD)

/* Lowest address of stack i. The blocks stand below the trampoline's. */
#define KSTACK(i)                                                              \
  (TRAMPOLINE + PGSIZE - ((i) + 2L) * KSTACK_BLOCK + KSTACK_SIZE)
#define KSTACK_TOP(i) (KSTACK(i) + KSTACK_SIZE)

/* Slots of the low level-1 page that the mirror covers. */
#define MIRROR_SLOTS (USER_VA_STOP / SUPERPGSIZE)

#endif
