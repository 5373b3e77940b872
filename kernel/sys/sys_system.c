/* System calls on the whole machine. */
#include "sys/args.h"
#include "sys/sys.h"
#include "fs/fs.h"
#include "proc/proc.h"
#include "trap/clock.h"

long sys_poweroff(void)
{
  power_down(argint(0));
}

long sys_sync(void)
{
  return fs_sync();
}

long sys_uptime(void)
{
  return (int)clock_ticks();
}
