#include "sys/args.h"
#include "lib/panic.h"
#include "mm/copy.h"
#include "proc/proc.h"

/* Where the registers of arguments are in a trapframe. */
static const size_t argument_offset[] = {
    offsetof(struct trapframe, a0), offsetof(struct trapframe, a1),
    offsetof(struct trapframe, a2), offsetof(struct trapframe, a3),
    offsetof(struct trapframe, a4), offsetof(struct trapframe, a5),
};

uint64 argaddr(int n)
{
  debug_assert(n >= 0 && (size_t)n < ARRAY_LEN(argument_offset));
  return *(uint64 *)((char *)myproc()->frame + argument_offset[n]);
}

int argint(int n)
{
  return (int)argaddr(n);
}

int argstr(int n, char path[MAXPATH])
{
  return copyinstr(myaspace(), path, argaddr(n), MAXPATH) < 0 ? -1 : 0;
}

struct file *argfd(int n)
{
  return fd_file(argint(n));
}

int arg_store(int n, const void *result, uint64 nbytes)
{
  return copyout(myaspace(), argaddr(n), result, nbytes);
}
