/* From the number in a7 to the function. A number that has none gives -1. */
#include "sys/sys.h"
#include "proc/proc.h"
#include "sync/chance.h"
#include "trap/trap.h"

#define TABLE_ENTRY(number, name) [number] = sys_##name,
static long (*const table[SYSCALL_MAX + 1])(void) = {SYSCALL_LIST(TABLE_ENTRY)};
#undef TABLE_ENTRY

void syscall(void)
{
  struct trapframe *frame = myproc()->frame;
  uint64 number = frame->a7;
  long result = -1;

  chance_yield();
  if (number <= SYSCALL_MAX && table[number] != NULL)
    result = table[number]();
  frame->a0 = result;
}
