/* On the host a test supplies the device: it sees each access. */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H

#include "lib/base.h"

uint8 mmio_read8(uint64 address);
void mmio_write8(uint64 address, uint8 value);
uint32 mmio_read32(uint64 address);
void mmio_write32(uint64 address, uint32 value);

static inline void io_fence(void)
{
}

#endif
