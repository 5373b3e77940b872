/* From the number in a7 to a function, and from registers to its arguments.
 * trap/trap.c calls syscall() with interrupts on, after the trampoline has
 * saved the user's registers in the process's trapframe. All that this layer
 * knows of the caller is there; what it says is not to be trusted. */
#include "sys/syscall.h"
#include "lib/debug.h"
#include "lib/panic.h"
#include "mm/copy.h"
#include "proc/proc.h"
#include "trap/trap.h"

#define NARGUMENTS 6 /* a0 to a5 */
static_assert(offsetof(struct trapframe, a5) - offsetof(struct trapframe, a0) ==
                  (NARGUMENTS - 1) * sizeof(uint64),
              "a trapframe holds the arguments as an array");

#define TABLE_ENTRY(number, name) [number] = sys_##name,
static long (*const table[SYSCALL_MAX + 1])(void) = {SYSCALL_LIST(TABLE_ENTRY)};
#undef TABLE_ENTRY

void syscall(void)
{
  struct trapframe *frame = myaspace()->frame;
  uint64 number = frame->a7;
  long result = -1;
  if (DEBUG)
    chance_yield();
  /* The list has gaps, for the calls of other labs. */
  if (number <= SYSCALL_MAX && table[number] != NULL)
    result = table[number]();
  /* After exec, too, this is the caller's: the new address space has taken the
   * frame over. exit does not come back. */
  frame->a0 = result;
}

uint64 argaddr(int n)
{
  const char *first =
      (char *)myaspace()->frame + offsetof(struct trapframe, a0);
  debug_assert(n >= 0 && n < NARGUMENTS);
  return ((const uint64 *)first)[n];
}

int argint(int n)
{
  return (int)argaddr(n);
}

int argstr(int n, char path[MAXPATH])
{
  return copyinstr(path, argaddr(n), MAXPATH) < 0 ? -1 : 0;
}
