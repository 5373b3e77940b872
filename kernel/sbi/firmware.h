/* Our firmware, for a machine that is booted bare: M-mode's registers and the
 * CLINT (RISC-V Privileged 1.12, Machine-Level ISA; SiFive FU540 manual,
 * CLINT), and the few functions between mentry.S, isa.S and firmware.c. */
#ifndef SBI_FIRMWARE_H
#define SBI_FIRMWARE_H

#include "arch/csr.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"

#define MSTATUS_MPP_SUPERVISOR (1L << 11) /* the mode that mret goes to */

/* mie, mip and mideleg; the numbers are mcause's for interrupts. */
#define IRQ_M_SOFT 3
#define IRQ_M_TIMER 7
#define MIP_SSIP (1L << IRQ_S_SOFT)
#define MIP_MSIP (1L << IRQ_M_SOFT)
#define MIP_STIP (1L << IRQ_S_TIMER)
#define MIP_MTIP (1L << IRQ_M_TIMER)
#define MIP_SEIP (1L << IRQ_S_EXTERNAL)

#define CAUSE_ECALL_S 9 /* mcause, besides what scause has */

/* By number for assemblers that do not know the names. */
#define CSR_MENVCFG 0x30A
#define MENVCFG_STCE (1UL << 63) /* S-mode has its own timer (Sstc) */
#define MENVCFG_ADUE (1UL << 61) /* the hardware sets A and D (Svadu) */
#define CSR_MNSTATUS 0x744
#define MNSTATUS_NMIE 8 /* traps and interrupts are taken (Smrnmi) */

/* One PMP entry: a range of all addresses; readable, writable, executable. */
#define CSR_PMPADDR0 0x3B0
#define PMP_EVERYWHERE ((1UL << 54) - 1)
#define PMP_NAPOT_RWX 0x1F

/* The CLINT: software interrupts of each hart, and its timer compare. */
#define CLINT_MSIP(hartid) (CLINT + 4 * (hartid))
#define CLINT_MTIMECMP(hartid) (CLINT + 0x4000 + 8 * (hartid))
#define NEVER (~0UL) /* a time */

#ifndef __ASSEMBLER__

/* From mentry.S: make this hart ready, then go to S-mode or wait. */
void firmware_start(uint64 hartid, uint64 fdt) __attribute__((noreturn));

/* In mentry.S: where every M-mode trap arrives. */
void mtrap_vector(void);

/* Its part in C. x[n] is register xn of the interrupted code, where n is one of
 * those that a C function may change. */
void mtrap(uint64 *x);

/* A trap that M-mode does not expect: say so and stop this hart. */
void mtrap_unexpected(void) __attribute__((noreturn));

/* In isa.S: say that the harts lack this, which ends with a newline, and end
 * the machine. For any number of harts, before any other uses the port. */
void isa_lacks(const char *what) __attribute__((noreturn));

/* Supplied by a higher layer (boot/entry.S): where the kernel starts in S-mode,
 * with a0 = hart id, a1 = device tree. */
extern char boot_entry[];

#endif

#endif
