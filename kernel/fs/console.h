/* The console: a line discipline over the UART, and major number CONSOLE.
 * Backspace and DEL rub out, ^U kills the line, ^D ends the input, ^P lists
 * the processes, \r counts as \n. */
#ifndef FS_CONSOLE_H
#define FS_CONSOLE_H

/* Register the device. Once, at boot, after uart_init. */
void console_init(void);

/* Supplied by a higher layer (proc/): list the processes by printk, one a call:
 * the first in or after this slot. The slot to go on with; after the last one
 * NPROC. No locks, since it is for a machine that is stuck. */
int procdump(int slot);

#endif
