/* The console: a line discipline over the UART, and major number CONSOLE.
 * Backspace and DEL rub out, ^U kills the line, ^D ends the input, ^P lists
 * the processes, \r counts as \n. */
#ifndef FS_CONSOLE_H
#define FS_CONSOLE_H

/* Register the device. Once, at boot, after uart_init. */
void console_init(void);

/* Supplied by a higher row (proc/): list the processes by printk. No locks,
 * since it is for a machine that is stuck. */
void procdump(void);

#endif
