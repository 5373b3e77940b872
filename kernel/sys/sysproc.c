/* System calls on processes and their memory, and on the whole machine. Most
 * only hand their arguments on; the functions that do the work are in proc/
 * (proc/proc.h) and mm/ (mm/aspace.h). */
#include "sys/syscall.h"
#include "kernel/vm.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/vmprint.h"
#include "proc/proc.h"
#include "trap/clock.h"

#define PAGES_PER_BYTE 8 /* of pgaccess's mask */

/* The parent gets the child's pid; fork sets the child's a0 to 0. */
long sys_fork(void)
{
  return fork();
}

/* Never returns: syscall() has no result to store. */
long sys_exit(void)
{
  exit(argint(0));
}

/* An address of 0 says that the child's status is not wanted. */
long sys_wait(void)
{
  return wait(argaddr(0));
}

/* The process's sleep ends; it ends itself on its way to user mode. */
long sys_kill(void)
{
  return kill(argint(0));
}

long sys_getpid(void)
{
  return myproc()->pid;
}

/* Older programs know it as sleep. */
long sys_pause(void)
{
  return pause_ticks(argint(0));
}

/* In ticks since boot, of which an int holds almost seven years. */
long sys_uptime(void)
{
  return (int)clock_ticks();
}

long sys_poweroff(void)
{
  power_down(argint(0));
}

/* Every second argument but SBRK_LAZY is eager: programs made before there was
 * one leave anything in a1. */
long sys_sbrk(void)
{
  return growproc(argint(0), argint(1) == SBRK_LAZY);
}

/* pgaccess(base, npages, mask): bit i of the mask becomes 1 if page i from
 * base's on was accessed since the last call. All pages must be below the
 * break, rounded up to a page. */
long sys_pgaccess(void)
{
  struct aspace *as = myaspace();
  uint64 va = PGROUNDDOWN(argaddr(0)), mask_va = argaddr(2);
  uint64 end = PGROUNDUP(as->size);
  int npages = argint(1);
  uint8 bits = 0;
  if (npages < 0 || va > end || (uint64)npages > (end - va) / PGSIZE)
    return -1;
  /* Reading an accessed bit clears it. So zeros are written first: a bad mask
   * is found before anything has been cleared. */
  for (int i = 0; i < npages; i += PAGES_PER_BYTE) {
    if (copyout(mask_va + i / PAGES_PER_BYTE, &bits, sizeof(bits)) < 0)
      return -1;
  }
  for (int i = 0; i < npages; i++) {
    int accessed = aspace_test_accessed(as, va + (uint64)i * PGSIZE);
    if (accessed < 0)
      return -1; /* it is not there; the pages before it have been cleared */
    bits |= accessed << i % PAGES_PER_BYTE;
    if (i % PAGES_PER_BYTE < PAGES_PER_BYTE - 1 && i < npages - 1)
      continue;
    if (copyout(mask_va + i / PAGES_PER_BYTE, &bits, sizeof(bits)) < 0)
      return -1;
    bits = 0;
  }
  return 0;
}

/* The PTE of a page of the caller's, 0 if there is none. */
long sys_pgpte(void)
{
  return aspace_pte(myaspace(), argaddr(0));
}

/* As in the lab it prints the caller's user table, whatever its name says. */
long sys_kpgtbl(void)
{
  return vmprint_addresses(myaspace()->pagetable);
}

/* These two look at the tables of other processes, for tests. */
long sys_ptdump(void)
{
  return ptdump(argint(0), argint(1) != 0);
}

long sys_ascheck(void)
{
  return ascheck_all();
}
