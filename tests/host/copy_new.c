/* The host cannot open a window: nothing is copied directly there. */
#include "mm/copy_new.h"

int copyin_new(void *dst, uint64 srcva, uint64 nbytes)
{
  (void)dst, (void)srcva, (void)nbytes;
  return -1;
}

int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{
  (void)dst, (void)srcva, (void)max, (void)nbytes;
  return -1;
}

int copyout_new(uint64 dstva, const void *src, uint64 nbytes)
{
  (void)dstva, (void)src, (void)nbytes;
  return -1;
}
