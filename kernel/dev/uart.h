/* The 16550 serial port (National Semiconductor PC16550D), FIFOs on,
 * interrupts both ways. */
#ifndef DEV_UART_H
#define DEV_UART_H

#include "lib/base.h"

/* Set 8 bits, no parity, FIFOs, no interrupts yet. Works before paging. */
void uart_init(void);

/* Register the port's interrupt handler with the PLIC and let it interrupt. */
void uart_enable_interrupts(void);

/* Queue up to UART_CHUNK bytes to be sent by interrupt; sleeps until there is
 * room for so many. They leave together: no message comes between them. Those
 * of a killed process may be dropped instead. Thread context. */
#define UART_CHUNK 128
void uart_write(const char *bytes, uint nbytes);

/* Wait, polling, until every queued byte has left: before power goes. */
void uart_drain(void);

/* There is room for input again: take what the port held back. Any context. */
void uart_resume(void);

/* Supplied by a higher layer (fs/console.c). console_input: a byte came in;
 * true: it takes more time than an interrupt has, and console_go_on is called
 * at the next one, before another byte is given, until that says false. Both
 * in interrupt context. console_has_room: whether another byte can be kept.
 * While it cannot, bytes stay in the port, and whoever sends them has to wait;
 * whoever makes room calls uart_resume. Any context, the port may be locked. */
bool console_input(int c);
bool console_go_on(void);
bool console_has_room(void);

#endif
