/* The registers of the 16550 serial port, a byte each, and their bits.
 * National Semiconductor PC16550D, Registers. */
#ifndef ARCH_NS16550_H
#define ARCH_NS16550_H

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

#endif
