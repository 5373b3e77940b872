/* Control and status registers of S-mode, their bits, interrupts and fences.
 * RISC-V Privileged 1.12, Supervisor-Level ISA. M-mode's are in sbi/firmware.h.
 * Assembly takes the constants from here. Host tests have a file of their
 * own, in which the registers are variables. */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

/* sstatus */
#define SSTATUS_SIE (1L << 1)  /* interrupts on */
#define SSTATUS_SPIE (1L << 5) /* SIE before the trap; sret restores it */
#define SSTATUS_SPP (1L << 8)  /* the trap came from S-mode */
#define SSTATUS_VS (3L << 9)   /* vector registers: 0 turns them off */
#define SSTATUS_FS (3L << 13)  /* floating-point registers, the same */
#define SSTATUS_SUM (1L << 18) /* S-mode may touch user pages */
#define SSTATUS_MXR (1L << 19) /* loads may read executable pages */

/* sie and sip: the three sources of interrupts. */
#define SIE_SSIE (1L << 1) /* software: an IPI of another hart */
#define SIE_STIE (1L << 5) /* timer */
#define SIE_SEIE (1L << 9) /* external: a device, by the PLIC */

/* scause */
#define CAUSE_INTERRUPT (1UL << 63)
#define IRQ_S_SOFT 1
#define IRQ_S_TIMER 5
#define IRQ_S_EXTERNAL 9
#define CAUSE_MISALIGNED_FETCH 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_MISALIGNED_LOAD 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_MISALIGNED_STORE 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_ECALL_U 8
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

/* satp: the mode, the ASID, and the page number of the root table. */
#define SATP_SV39 (8UL << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS 16
#define SATP_ASID_MASK (((1UL << SATP_ASID_BITS) - 1) << SATP_ASID_SHIFT)
#define SATP_ASID(satp) (((satp)&SATP_ASID_MASK) >> SATP_ASID_SHIFT)
#define MAKE_SATP(root, asid)                                                  \
  (SATP_SV39 | (uint64)(asid) << SATP_ASID_SHIFT | (uint64)(root) >> 12)

/* scounteren and M-mode's mcounteren: the lower modes may read the counters
 * cycle, time and instret. */
#define COUNTEREN_ALL 7

/* The hart's own timer compare register (Sstc), by number for assemblers
 * that do not know the name. */
#define CSR_STIMECMP 0x14D

#ifndef __ASSEMBLER__
#include "lib/debug.h"

/* csr_read(satp): the register's name is a bare word, or a number by macro. */
#define CSR_NAME_(name) #name
#define CSR_NAME(name) CSR_NAME_(name)

#define csr_read(name)                                                         \
  ({                                                                           \
    uint64 csr_value_;                                                         \
    __asm__ volatile("csrr %0, " CSR_NAME(name) : "=r"(csr_value_)::"memory"); \
    csr_value_;                                                                \
  })

#define CSR_CHANGE(instruction, name, value)                                   \
  __asm__ volatile(instruction                                                 \
                   " " CSR_NAME(name) ", %0" ::"rK"((uint64)(value))           \
                   : "memory")
#define csr_write(name, value) CSR_CHANGE("csrw", name, value)
#define csr_set(name, bits) CSR_CHANGE("csrs", name, bits)
#define csr_clear(name, bits) CSR_CHANGE("csrc", name, bits)

/* Interrupts on this hart. A pending one is taken as soon as they are on. */
static inline bool irq_enabled(void)
{
  return (csr_read(sstatus) & SSTATUS_SIE) != 0;
}

static inline void irq_enable(void)
{
  if (LATENCY)
    latency_end();
  csr_set(sstatus, SSTATUS_SIE);
}

/* Turn them off, for what stands at pc (0: here). Returns SSTATUS_SIE if they
 * were on, else 0. */
static inline uint64 irq_take(uint64 pc)
{
  uint64 sstatus;

  __asm__ volatile("csrrc %0, sstatus, %1"
                   : "=r"(sstatus)
                   : "rK"(SSTATUS_SIE)
                   : "memory");
  if (LATENCY)
    latency_begin(pc);
  return sstatus & SSTATUS_SIE;
}

static inline void irq_disable(void)
{
  irq_take(0);
}

/* Turn them on again, if irq_take says that they were. */
static inline void irq_restore(uint64 were_on)
{
  if (LATENCY && were_on)
    latency_end();
  csr_set(sstatus, were_on);
}

/* Order this hart's page-table stores before its later translations, and drop
 * what its TLB holds: all of it; what one ASID has, but for global mappings;
 * or the leaf for va in every ASID. */
#define tlb_flush() __asm__ volatile("sfence.vma" ::: "memory")
#define tlb_flush_asid(asid)                                                   \
  __asm__ volatile("sfence.vma x0, %0" ::"r"((uint64)(asid)) : "memory")
#define tlb_flush_va(va)                                                       \
  __asm__ volatile("sfence.vma %0" ::"r"((uint64)(va)) : "memory")

/* Order this hart's stores to a page table that nobody walks yet before the
 * store of the pointer to it. */
#define table_fence() __asm__ volatile("fence w, w" ::: "memory")

/* Order this hart's stores before its later instruction fetches. */
#define icache_flush() __asm__ volatile("fence.i" ::: "memory")

/* Wait until an interrupt is pending, enabled in sstatus or not. */
#define wait_for_interrupt() __asm__ volatile("wfi" ::: "memory")

#endif /* __ASSEMBLER__ */

#endif
