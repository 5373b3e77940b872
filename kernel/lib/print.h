/* The kernel's own messages. They go to the character output that
 * print_to() names, and nowhere before that. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include "lib/base.h"

/* Print a message. Conversions: %d %u %x %ld %lu %lx %p %s %c %%, with a
 * minimum width and the flag 0 (%016lx); l stands for 64 bits, %p prints 0x
 * and 16 hex digits, and %s prints (null) for NULL. Any context, any locks:
 * a message is not interleaved with another hart's, except after a panic. */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprintk(const char *format, va_list args);

/* Format into buf[0..room-1], always closed with a NUL when room > 0.
 * Returns the length that the whole text has, NUL not counted. */
size_t format_text(char *buf, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* From now on print through put, which must not sleep, lock or print. */
void print_to(void (*put)(char c));

/* After this, printk takes no lock: the holder may never run again. */
void print_unlock_forever(void);

#endif
