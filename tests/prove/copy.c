/* The range check of the direct copies, kernel/mm/copy_new.c, for any address
 * and length of 64 bits.
 *
 *   prove_copy: bound 1
 *     copyin_new() and copyout_new() copy exactly if the range does not wrap
 *     and ends at or below USER_VA_STOP; else they touch nothing. User access
 *     is open for the copy alone.
 */
#include "mm/copy_new.c"
#include "tests/prove/prove.h"

static bool open;
static uint opened, copied;
static uint64 begin, size; /* the range of the caller */

void user_access_begin(void)
{
  MUST(!open);
  open = true;
  opened++;
}

void user_access_end(void)
{
  MUST(open);
  open = false;
}

static int copy_checked(uint64 va, uint64 nbytes)
{
  MUST(open && va == begin && nbytes == size);
  MUST((unsigned __int128)va + nbytes <= USER_VA_STOP);
  copied++;
  return nondet_bool() ? 0 : -1;
}

int user_copy_in(void *dst, uint64 srcva, uint64 nbytes)
{
  MUST(dst == &copied);
  return copy_checked(srcva, nbytes);
}

int user_copy_out(uint64 dstva, const void *src, uint64 nbytes)
{
  MUST(src == &copied);
  return copy_checked(dstva, nbytes);
}

void prove_copy(void)
{
  begin = nondet_u64();
  size = nondet_u64();
  bool out = nondet_bool();
  bool fits = (unsigned __int128)begin + size <= 0x0C000000;
  int result = out ? copyout_new(begin, &copied, size)
                   : copyin_new(&copied, begin, size);
  MUST(result == 0 || result == -1);
  MUST(copied == fits && opened == fits && !open);
  MUST(fits || result == -1);
  SOME_CASE(out && result == 0 && begin == USER_VA_STOP);
  SOME_CASE(!out && result == 0 && size == USER_VA_STOP);
  SOME_CASE(!fits && begin + size < begin);
}

/* Strings are not proved here: this is what they call. */
bool user_load_word(uint64 va, user_word *word)
{
  (void)va;
  *word = nondet_u64();
  return nondet_bool();
}
