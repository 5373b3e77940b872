#include "mm/copy_new.h"

/* Hints.
 * - These run on top of the private table with its mirror: do that one first.
 * - What may go wrong with a number that a user chose? Make a list, and try
 *   each entry of it with the largest numbers that fit in 64 bits.
 * - A plain C access to a user address is a panic, even with the window open,
 *   if the page is not there. mm/user_access.h has the instructions that
 *   may fail, and tells where a failed one goes on. The compiler wants a label
 *   of that name in every function that uses them.
 * - Every way out of a function that opens the window must close it.
 * - Start with single bytes. When all of usertests passes, think about words:
 *   which of the two addresses may be odd, and what does a load from an odd
 *   address cost or do?
 * - A string ends somewhere, but nobody has said where. How far may you look?
 * `stats` shows whether copies go your way, and `stats walk` turns them off. */

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
