/* From the number in a7 to the function. */
#include "sys/sys.h"
#include "lib/print.h"
#include "proc/proc.h"
#include "trap/trap.h"

#define TABLE_ENTRY(number, name) [number] = sys_##name,
static long (*const table[SYSCALL_MAX + 1])(void) = {SYSCALL_LIST(TABLE_ENTRY)};
#undef TABLE_ENTRY

void syscall(void)
{
  struct proc *self = myproc();
  uint64 number = self->frame->a7;
  long result = -1;

  if (number <= SYSCALL_MAX && table[number] != NULL)
    result = table[number]();
  else
    printk("%s (pid %d): unknown system call %ld\n", self->name, self->pid,
           number);
  self->frame->a0 = result;
}
