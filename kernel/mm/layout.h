/* Virtual addresses that are the kernel's alone. */
#ifndef MM_LAYOUT_H
#define MM_LAYOUT_H

#include "arch/hart.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"

/* Kernel stacks: one for each process slot and each kernel thread. */
#define NKTHREAD 2
#define NKSTACK (NPROC + NKTHREAD)

/* A root slot spans a GiB. The last one below MAXVA is the user's own in every
 * private table (rule H), so the kernel's stacks stand in the one before. */
#define ROOT_SLOT_SIZE (1L << PXSHIFT(2))
#define USER_TOP_SLOT PX(2, TRAMPOLINE)
#define KSTACK_END (MAXVA - ROOT_SLOT_SIZE)

/* Lowest address of stack i. */
#define KSTACK(i) (KSTACK_END - ((i) + 1L) * KSTACK_BLOCK + KSTACK_SIZE)
#define KSTACK_TOP(i) (KSTACK(i) + KSTACK_SIZE)

/* Slots of the low level-1 page that the mirror covers. */
#define MIRROR_SLOTS (USER_VA_STOP / SUPERPGSIZE)

#endif
