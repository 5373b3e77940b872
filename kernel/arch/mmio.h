/* Device registers: every access is done, once, in program order with the
 * other accesses to devices. Order against memory is the caller's: io_fence.
 * Host tests have their own, behind which is a device of theirs. */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H

#include "lib/base.h"

static inline uint8 mmio_read8(uint64 address)
{
  return *(volatile uint8 *)address;
}

static inline void mmio_write8(uint64 address, uint8 value)
{
  *(volatile uint8 *)address = value;
}

static inline uint32 mmio_read32(uint64 address)
{
  return *(volatile uint32 *)address;
}

static inline void mmio_write32(uint64 address, uint32 value)
{
  *(volatile uint32 *)address = value;
}

static inline void mmio_write64(uint64 address, uint64 value)
{
  *(volatile uint64 *)address = value;
}

/* Order stores to memory before later stores to device registers, and loads
 * from device registers before later loads from memory. */
static inline void io_fence(void)
{
  __asm__ volatile("fence iorw, iorw" ::: "memory");
}

#endif
