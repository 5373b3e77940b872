/* System calls: the functions behind their numbers, and how these get at their
 * arguments. To add a call, give it a line in kernel/syscall.h, from which its
 * number, its place in the table, the prototype below and the user's stub are
 * made, and raise SYSCALL_MAX there if it is the highest; write its sys_
 * function; and declare it for programs in user/user.h. */
#ifndef SYS_SYSCALL_H
#define SYS_SYSCALL_H

#include "lib/base.h"
#include "kernel/param.h"
#include "kernel/syscall.h"

/* long sys_NAME(void) for each call: takes its arguments from the current
 * process's trapframe, checks them, and calls one function that takes plain C
 * values. The result is for the user's a0. */
#define SYS_PROTOTYPE(number, name) long sys_##name(void);
SYSCALL_LIST(SYS_PROTOTYPE)
#undef SYS_PROTOTYPE

/* Argument n, counted from 0, as the user passed it: an address, or any other
 * 64 bits. Whether an address is good shows when it is copied from or to. */
uint64 argaddr(int n);

/* Argument n as a C int: its low 32 bits. */
int argint(int n);

/* The path at the address in argument n. 0, or -1: it cannot be read, or has
 * MAXPATH bytes or more. */
int argstr(int n, char path[MAXPATH]);

#endif
