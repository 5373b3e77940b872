/* The kernel's own messages, which go to the serial port. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include "lib/base.h"

/* Print a message. Conversions: %d %u %x %ld %lu %lx %p %s %c %%, with a
 * minimum width and the flag 0 (%016lx); l stands for 64 bits, %p prints 0x
 * and 16 hex digits, and %s prints (null) for NULL. Any context, any locks:
 * nothing parts a message, unless the hart that prints it panics there. */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprintk(const char *format, va_list args);

/* Format into buf[0..room-1], always closed with a NUL when room > 0.
 * Returns the length that the whole text has, NUL not counted. */
size_t format_text(char *buf, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hold printing: until it is released as often, no other hart prints, nor holds
 * it. What else goes to the same place is put there in between. Interrupts are
 * off; the holder waits for nobody. A hart that panics holds it for good: one
 * that would print after that stops. */
void print_hold(void);
void print_release(void);

/* Supplied by a higher layer (dev/uart.c), with printing held: send what is
 * queued, then each byte of a message, by polling. So a message comes after
 * what has been written before it. They neither sleep nor lock nor print. */
void uart_send_queued(void);
void uart_put_now(char c);

#endif
