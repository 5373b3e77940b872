#include "mm/copy_new.h"

/* Hints.
 * - These run on top of the private table with its mirror: do that one first.
 * - What may go wrong with a number that a user chose? Make a list, and try
 *   each entry of it with the largest numbers that fit in 64 bits.
 * - A plain C access to a user address is a panic, even during user access, if
 *   the page is not there. mm/user_access.h has what may fail, and lib/copy.S
 *   shows how. It copies whatever you ask for: which addresses are a user's is
 *   for you to say.
 * - Every way out of a function that begins user access must end it.
 * - Start a string with single bytes: a copy of one byte is a copy. When all of
 *   usertests passes, think about words. How does one see that a word has a
 *   byte of 0 in it, and what if the string begins in the middle of one?
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
