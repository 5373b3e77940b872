/* The arguments of the system call that the current process makes, numbered
 * from 0. */
#ifndef SYS_ARGS_H
#define SYS_ARGS_H

#include "lib/base.h"
#include "kernel/param.h"

struct file;

/* Argument n as the user passed it: an address, or any other 64 bits. Whether
 * an address is good shows when it is copied from or to. */
uint64 argaddr(int n);

/* Argument n as a C int: its low 32 bits. */
int argint(int n);

/* The path at the address in argument n. 0, or -1: it cannot be read, or has
 * MAXPATH bytes or more. */
int argstr(int n, char path[MAXPATH]);

/* The open file whose descriptor argument n is; NULL if there is none. */
struct file *argfd(int n);

/* Copy a result to the address in argument n. 0, or -1: bad address. */
int arg_store(int n, const void *result, uint64 nbytes);

#endif
