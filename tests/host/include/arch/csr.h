/* Control and status registers on the host: variables, which do nothing by
 * themselves. Fences do nothing but call a test that wants to look. */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#include "lib/debug.h"

/* Of mmu.h. */
extern uint64 host_satp, host_sstatus, host_instret, host_cycle;

#define SSTATUS_SIE (1UL << 1)
#define SSTATUS_SUM (1UL << 18)

#define SATP_ASID_SHIFT 44
#define SATP_ASID_BITS 16
#define SATP_ASID_MASK (0xFFFFUL << SATP_ASID_SHIFT)
#define SATP_ASID(satp) (((satp)&SATP_ASID_MASK) >> SATP_ASID_SHIFT)
#define MAKE_SATP(root, asid)                                                  \
  ((uint64)(asid) << SATP_ASID_SHIFT | (uint64)(root) >> 12)
#define SATP_ROOT(satp) (((satp) & ~SATP_ASID_MASK) << 12)
#define csr_read(name) (host_##name)
#define csr_write(name, value) (host_##name = (value))
#define csr_set(name, bits) (host_##name |= (bits))
#define csr_clear(name, bits) (host_##name &= ~(bits))

/* Off, unless a test turns them on. */
extern bool host_irqs_on;

static inline bool irq_enabled(void)
{
  return host_irqs_on;
}

static inline void irq_enable(void)
{
}

static inline void irq_disable(void)
{
}

static inline void wait_for_interrupt(void)
{
}

static inline uint64 irq_take(uint64 pc)
{
  return pc;
}

static inline void irq_restore(uint64 were_on)
{
  (void)were_on;
}

extern void (*host_on_fence)(void); /* NULL: nobody */

static inline void tlb_flush(void)
{
  if (host_on_fence != NULL)
    host_on_fence();
}

static inline void table_fence(void)
{
}

static inline void tlb_flush_asid(uint64 asid)
{
  (void)asid;
  tlb_flush();
}

static inline void tlb_flush_va(uint64 va)
{
  (void)va;
  tlb_flush();
}

static inline void icache_flush(void)
{
}

#endif
