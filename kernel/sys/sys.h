/* The functions behind the system calls' numbers. Each takes its arguments
 * from the current process's trapframe (sys/args.h), checks them, and calls
 * one function that takes plain C values; the result is for the user's a0. */
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include "kernel/syscall.h"

#define SYS_PROTOTYPE(number, name) long sys_##name(void);
SYSCALL_LIST(SYS_PROTOTYPE)
#undef SYS_PROTOTYPE

#endif
