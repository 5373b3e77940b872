/* The kernel's own messages. They go to the character output that print_to()
 * names, and nowhere before that. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include "lib/base.h"

/* Print a message. Conversions: %d %u %x %ld %lu %lx %p %s %c %%, with a
 * minimum width and the flag 0 (%016lx); l stands for 64 bits, %p prints 0x
 * and 16 hex digits, and %s prints (null) for NULL. Any context, any locks:
 * nothing comes into the midst of a message, unless the hart that prints it
 * panics there. */
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vprintk(const char *format, va_list args);

/* Format into buf[0..room-1], always closed with a NUL when room > 0.
 * Returns the length that the whole text has, NUL not counted. */
size_t format_text(char *buf, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* From now on print through put, and call before() ahead of each message, with
 * printing held. Neither may sleep, lock or print. */
void print_to(void (*before)(void), void (*put)(char c));

/* Hold printing: until it is released as often, no other hart prints, nor holds
 * it. What else goes to the same place is put there in between. Interrupts are
 * off; the holder waits for nobody. A hart that panics holds it for good: one
 * that would print after that stops. */
void print_hold(void);
void print_release(void);

#endif
