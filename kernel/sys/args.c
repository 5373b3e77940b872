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

uint64 arg_va(int n)
{
  debug_assert(n >= 0 && (size_t)n < ARRAY_LEN(argument_offset));
  return *(uint64 *)((char *)myproc()->frame + argument_offset[n]);
}

int arg_int(int n)
{
  return (int)arg_va(n);
}

int arg_path(int n, char path[MAXPATH])
{
  return copyinstr(myaspace(), path, arg_va(n), MAXPATH) < 0 ? -1 : 0;
}

struct file *arg_file(int n)
{
  return fd_file(arg_int(n));
}

int arg_store(int n, const void *result, uint64 nbytes)
{
  return copyout(myaspace(), arg_va(n), result, nbytes);
}
