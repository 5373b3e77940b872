/* The host has no control registers: fences do nothing, interrupts are off. */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#include "lib/base.h"

#define MAKE_SATP(root) ((uint64)(root))
#define csr_read(name) (0UL)
#define csr_write(name, value) ((void)(value))

static inline bool irq_enabled(void)
{
  return false;
}

static inline void irq_enable(void)
{
}

static inline void irq_disable(void)
{
}

static inline void tlb_flush(void)
{
}

static inline void tlb_flush_va(uint64 va)
{
  (void)va;
}

static inline void icache_flush(void)
{
}

#endif
