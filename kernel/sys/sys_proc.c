/* System calls on processes, but exec. */
#include "sys/args.h"
#include "sys/sys.h"
#include "proc/proc.h"

long sys_fork(void)
{
  return fork();
}

long sys_exit(void)
{
  exit(argint(0));
}

long sys_wait(void)
{
  return wait(argaddr(0));
}

long sys_kill(void)
{
  return kill(argint(0));
}

long sys_getpid(void)
{
  return myproc()->pid;
}

long sys_pause(void)
{
  return pause_ticks(argint(0));
}
