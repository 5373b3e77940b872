/* The 16550 serial port (National Semiconductor PC16550D), FIFOs on,
 * interrupts both ways. */
#ifndef DEV_UART_H
#define DEV_UART_H

#include "lib/base.h"

/* Set the line: 8 bits, no parity, FIFOs, no interrupts yet. registers is where
 * they are mapped. Works before paging. */
void uart_init(uint64 registers);

/* Let the port interrupt: received bytes, and room to send. Before plic_init,
 * which is told here who handles the port. */
void uart_enable_interrupts(void);

/* Send one byte by polling; for printk and panic. Any context. */
void uart_put_now(char c);

/* Queue one byte to be sent by interrupt; sleeps while the queue is full.
 * A killed process's byte may be dropped instead. Thread context. */
void uart_write(char c);

/* Wait, polling, until every queued byte has left: before power goes. */
void uart_drain(void);

/* There is room for input again: take what the port has held back. Any
 * context. */
void uart_resume(void);

/* Supplied by a higher row (fs/): a byte came in. Interrupt context. */
void console_input(int c);

/* Supplied by a higher row (fs/): whether another byte can be kept. While it
 * cannot, bytes stay in the port, and whoever sends them has to wait; whoever
 * makes room calls uart_resume. Any context, with the port's lock held. */
bool console_has_room(void);

#endif
