/* Device registers: how they are read and written, and those of the two
 * devices that the firmware uses as well as the kernel.
 *
 * Every access is done, once, in program order with the other accesses to
 * devices. Order against memory is the caller's: io_fence. In host tests the
 * test is the device, and sees each access. */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H

/* The 16550 serial port: a byte each. National Semiconductor PC16550D,
 * Registers. */
#define NS16550_RBR 0 /* read: receiver buffer */
#define NS16550_THR 0 /* write: transmitter holding register */
#define NS16550_DLL 0 /* with LCR_DLAB: divisor, low byte */
#define NS16550_DLM 1 /* with LCR_DLAB: divisor, high byte */

#define NS16550_IER 1             /* interrupt enable */
#define NS16550_IER_RECEIVE 0x01  /* data came in */
#define NS16550_IER_TRANSMIT 0x02 /* the transmitter is empty */

#define NS16550_IIR 2 /* read: interrupt cause; acknowledges "empty" */
#define NS16550_IIR_TRANSMIT 0x02

#define NS16550_FCR 2             /* write: FIFO control */
#define NS16550_FCR_ENABLE 0x01   /* interrupts at the first byte received */
#define NS16550_FCR_CLEAR_RX 0x02 /* both clear themselves */
#define NS16550_FCR_CLEAR_TX 0x04

#define NS16550_LCR 3        /* line control */
#define NS16550_LCR_8N1 0x03 /* 8 bits, no parity, one stop bit */
#define NS16550_LCR_DLAB 0x80

#define NS16550_LSR 5          /* line status */
#define NS16550_LSR_DATA 0x01  /* a received byte is there */
#define NS16550_LSR_ROOM 0x20  /* the transmit FIFO is empty */
#define NS16550_LSR_EMPTY 0x40 /* and so is the shift register */

#define NS16550_FIFO_SIZE 16

/* The test finisher of the virt machine (SiFive test device): a word written
 * to its only register ends QEMU; a status stands in the upper half. */
#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555
#define FINISHER_STATUS_SHIFT 16
#define STATUS_REFUSED 1 /* the kernel cannot run on this machine */

#ifndef __ASSEMBLER__
#include "lib/base.h"

#ifdef HOST
uint8 mmio_read8(uint64 address);
void mmio_write8(uint64 address, uint8 value);
uint32 mmio_read32(uint64 address);
void mmio_write32(uint64 address, uint32 value);
#define io_fence() ((void)0)
#else
#define mmio_read8(address) (*(volatile uint8 *)(address))
#define mmio_read32(address) (*(volatile uint32 *)(address))
#define mmio_write8(address, value) (*(volatile uint8 *)(address) = (value))
#define mmio_write32(address, value) (*(volatile uint32 *)(address) = (value))
#define mmio_write64(address, value) (*(volatile uint64 *)(address) = (value))

/* Order stores to memory before later stores to device registers, and loads
 * from device registers before later loads from memory. */
#define io_fence() __asm__ volatile("fence iorw, iorw" ::: "memory")
#endif

#endif /* __ASSEMBLER__ */

#endif
