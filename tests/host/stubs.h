/* What every host test of the kernel needs below it: panic, messages, and
 * locks that catch misuse. There is one thread, on hart 0. */
#ifndef HOST_STUBS_H
#define HOST_STUBS_H

#include "lib/base.h"

/* What printk has printed since the last printed_clear, as one string; cut
 * when it is long. */
const char *printed(void);
void printed_clear(void);

/* Who prints a message that begins so has found a fault of the kernel's, and
 * the test ends. NULL: there is no such message, since the disk is damaged. */
extern const char *host_never_printed;

/* Spinlocks held now. */
int spinlocks_held(void);

/* Called when a spinlock has been given back; NULL: nobody. */
extern void (*host_on_release)(void);

/* Whether function panics; its message is printed then, see printed(). */
bool host_panics(void (*function)(void));

/* Call function in a process of its own, and end that with what it returns;
 * -1: it did not come to that. */
int host_alone(int (*function)(void));

#endif
