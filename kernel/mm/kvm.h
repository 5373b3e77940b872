/* The shared global kernel page table: on it the scheduler and the kernel
 * threads run, and from its pages every private table is made.
 *
 *   FINISHER, PLIC, UART0, virtio slots    RW-, only here: FINISHER
 *   kernel text R-X, rodata R--, other RAM RW-, in the largest leaves
 *   KSTACK(i)                              RW-, a hole below each
 *   TRAMPOLINE                             R-X, global
 *
 * After kvminit() its root does not change (rule S). No leaf of it has PTE_U
 * (rule K): user mode runs on tables that share its pages. */
#ifndef MM_KVM_H
#define MM_KVM_H

#include "arch/hart.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "lib/base.h"

/* Kernel stacks: one for each process slot and the kernel thread. A root slot
 * spans a GiB; the last one below MAXVA is the user's own in every private
 * table (rule H), so the stacks stand in the one before. */
#define NKSTACK (NPROC + 1)
#define ROOT_SLOT_SIZE (1L << PXSHIFT(2))
#define KSTACK_END (MAXVA - ROOT_SLOT_SIZE)

/* Lowest address of stack i. */
#define KSTACK(i) (KSTACK_END - ((i) + 1L) * KSTACK_BLOCK + KSTACK_SIZE)
#define KSTACK_TOP(i) (KSTACK(i) + KSTACK_SIZE)

extern pagetable_t kernel_pagetable;

/* Build it for RAM of [KERNBASE, ram_end), with all kernel stacks: once, on the
 * boot hart, before paging. Boot has seen that memory suffices. */
void kvminit(uint64 ram_end);

/* The satp of the global table, whose ASID is 0. */
uint64 kvm_satp(void);

/* Put this hart on the global table, with a flush. Interrupts off, or no
 * process here. */
void kvminithart(void);

#endif
