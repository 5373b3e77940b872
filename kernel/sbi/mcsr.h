/* The registers of M-mode that the firmware uses, and the CLINT.
 * RISC-V Privileged 1.12, Machine-Level ISA; SiFive FU540 manual, CLINT. */
#ifndef SBI_MCSR_H
#define SBI_MCSR_H

#include "arch/csr.h"
#include "kernel/memlayout.h"

#define MSTATUS_MPP_SUPERVISOR (1L << 11) /* the mode that mret goes to */

/* mie, mip and mideleg; the numbers are mcause's for interrupts. */
#define IRQ_M_SOFT 3
#define IRQ_M_TIMER 7
#define MIP_SSIP (1L << IRQ_S_SOFT)
#define MIP_MSIP (1L << IRQ_M_SOFT)
#define MIP_STIP (1L << IRQ_S_TIMER)
#define MIP_MTIP (1L << IRQ_M_TIMER)
#define MIP_SEIP (1L << IRQ_S_EXTERNAL)

/* mcause, besides what scause has. */
#define CAUSE_ECALL_S 9

/* menvcfg, by number for assemblers that do not know the name. */
#define CSR_MENVCFG 0x30A
#define MENVCFG_STCE (1UL << 63) /* S-mode has its own timer (Sstc) */

/* mnstatus, by number as well: traps and interrupts are taken (Smrnmi). */
#define CSR_MNSTATUS 0x744
#define MNSTATUS_NMIE 8

/* One PMP entry for all addresses: readable, writable, executable. */
#define PMP_NAPOT_RWX 0x1F
#define PMP_EVERYWHERE ((1UL << 54) - 1)

/* The CLINT: software interrupts of each hart, and its timer compare. */
#define CLINT_MSIP(hartid) (CLINT + 4 * (hartid))
#define CLINT_MTIMECMP(hartid) (CLINT + 0x4000 + 8 * (hartid))

#ifndef __ASSEMBLER__

/* Write a register that this hart may lack: true if it is there. If the write
 * traps, it comes out at the label. mstatus is zero then: only for set-up, with
 * interrupts off. */
#define csr_try_write(name, value)                                             \
  ({                                                                           \
    uint64 csr_there_, csr_vector_;                                            \
    __asm__ volatile("la %1, 1f\n"                                             \
                     "csrrw %1, mtvec, %1\n"                                   \
                     "li %0, 0\n"                                              \
                     "csrw " CSR_NAME(name) ", %2\n"                           \
                                            "li %0, 1\n"                       \
                                            ".balign 4\n"                      \
                                            "1: csrw mtvec, %1\n"              \
                                            "csrw mstatus, zero\n"             \
                     : "=&r"(csr_there_), "=&r"(csr_vector_)                   \
                     : "r"((uint64)(value))                                    \
                     : "memory");                                              \
    csr_there_ != 0;                                                           \
  })

#endif

#endif
