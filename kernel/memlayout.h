/* Where things are: physical addresses of the QEMU virt machine, and the
 * virtual addresses that users and the kernel agree on. */
#ifndef KERNEL_MEMLAYOUT_H
#define KERNEL_MEMLAYOUT_H

#include "kernel/riscv.h"

/* Physical addresses of devices, and their interrupt numbers at the PLIC. */
#define FINISHER 0x00100000L /* ends QEMU, with a status */
#define CLINT 0x02000000L
#define PLIC 0x0C000000L
#define UART0 0x10000000L
#define UART0_IRQ 10
#define VIRTIO0 0x10001000L /* first of eight slots, 0x1000 bytes each */
#define VIRTIO0_IRQ 1       /* slot n interrupts as VIRTIO0_IRQ + n */

/* RAM begins here. Where it ends is in the device tree: PHYSTOP is only what
 * programs of the labs take for it. */
#define KERNBASE 0x80000000L
#define PHYSTOP (KERNBASE + 128 * 1024 * 1024L)

/* The private kernel table mirrors the user's memory below this address. */
#define USER_VA_STOP PLIC

/* The top of every user table. */
#define TRAMPOLINE (MAXVA - PGSIZE)
#define TRAPFRAME (TRAMPOLINE - PGSIZE)
#define USYSCALL (TRAPFRAME - PGSIZE)

#ifndef __ASSEMBLER__
/* What the page at USYSCALL holds; the kernel writes it, users read it. */
struct usyscall {
  int pid;
};
#endif

#endif
