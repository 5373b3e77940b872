/* The console, major number CONSOLE: a line discipline over the UART. Backspace
 * and DEL rub out, ^U kills the line, ^D ends the input, ^P lists the
 * processes, \r counts as \n. */
#ifndef FS_CONSOLE_H
#define FS_CONSOLE_H

#include "mm/copy.h"

/* Once, at boot, after uart_init. */
void consoleinit(void);

/* The driver's two functions (fs/file.c). There is one console, so minor means
 * nothing. */
int console_read(short minor, struct uio uio, int nbytes);
int console_write(short minor, struct uio uio, int nbytes);

/* Supplied by a higher layer (proc/): list the processes by printk, one a call:
 * the first in or after this slot. The slot to go on with; after the last one
 * NPROC. No locks, since it is for a machine that is stuck. */
int procdump(int slot);

#endif
