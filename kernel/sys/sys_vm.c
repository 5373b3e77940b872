/* System calls on memory and its tables. */
#include "sys/args.h"
#include "sys/sys.h"
#include "kernel/vm.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/vmprint.h"
#include "proc/proc.h"

#define PAGES_PER_BYTE 8 /* of pgaccess's mask */

long sys_sbrk(void)
{
  return growproc(argint(0), argint(1) == SBRK_LAZY);
}

/* Whether all these pages are below the break, rounded up to a page. */
static bool below_break(const struct aspace *as, uint64 va, uint64 npages)
{
  uint64 end = PGROUNDUP(as->size);
  return va <= end && npages <= (end - va) / PGSIZE;
}

/* Write zeros to the mask, so that a bad address is found before an accessed
 * bit is cleared. */
static int clear_mask(struct aspace *as, uint64 mask_va, uint64 nbytes)
{
  const char zero = 0;

  for (uint64 i = 0; i < nbytes; i++) {
    if (copyout(as, mask_va + i, &zero, sizeof(zero)) < 0)
      return -1;
  }
  return 0;
}

/* One byte of the mask: which of npages from va on were accessed. -1: one of
 * them is not there. */
static int accessed_byte(struct aspace *as, uint64 va, uint64 npages)
{
  int byte = 0;

  for (uint64 i = 0; i < npages; i++) {
    int accessed = aspace_test_accessed(as, va + i * PGSIZE);
    if (accessed < 0)
      return -1;
    byte |= accessed << i;
  }
  return byte;
}

/* 0 with bit i of the mask telling whether page i from va on was accessed
 * since the last call; or -1: a page is not there (those before it were
 * looked at), or the mask cannot be written. */
static int report_accessed(struct aspace *as, uint64 va, uint64 npages,
                           uint64 mask_va)
{
  uint64 nbytes = (npages + PAGES_PER_BYTE - 1) / PAGES_PER_BYTE;

  if (!below_break(as, va, npages) || clear_mask(as, mask_va, nbytes) < 0)
    return -1;
  for (uint64 i = 0; i < nbytes; i++) {
    uint64 first = i * PAGES_PER_BYTE;
    int byte = accessed_byte(as, va + first * PGSIZE,
                             min_u64(npages - first, PAGES_PER_BYTE));
    uint8 bits = byte;
    if (byte < 0 || copyout(as, mask_va + i, &bits, sizeof(bits)) < 0)
      return -1;
  }
  return 0;
}

long sys_pgaccess(void)
{
  int npages = argint(1);

  if (npages < 0)
    return -1;
  return report_accessed(myaspace(), PGROUNDDOWN(argaddr(0)), npages,
                         argaddr(2));
}

long sys_pgpte(void)
{
  return aspace_pte(myaspace(), argaddr(0));
}

long sys_kpgtbl(void)
{
  return vmprint_addresses(myaspace()->pagetable);
}

long sys_ptdump(void)
{
  return ptdump(argint(0), argint(1) != 0);
}

long sys_ascheck(void)
{
  return ascheck_all();
}
