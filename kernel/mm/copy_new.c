/* The direct copies. A user pointer below USER_VA_STOP is a pointer that the
 * kernel can use, by the mirror in the private table on which it runs for the
 * process. So there are three things to do: check that the range is the user's
 * memory, begin user access, and leave the copy to the primitive that may
 * fault. Read mm/user_access.h before. */
#include "mm/copy_new.h"
#include "kernel/memlayout.h"
#include "mm/user_access.h"

#define WORD sizeof(uint64)

/* All that stands between a user's number and the kernel's memory. Neither side
 * of a comparison can wrap. */
static bool below_stop(uint64 va, uint64 nbytes)
{
  return va <= USER_VA_STOP && nbytes <= USER_VA_STOP - va;
}

int copyin_new(void *dst, uint64 srcva, uint64 nbytes)
{
  if (!below_stop(srcva, nbytes))
    return -1;
  user_access_begin();
  int result = user_copy_in(dst, srcva, nbytes);
  user_access_end();
  return result;
}

int copyout_new(uint64 dstva, const void *src, uint64 nbytes)
{
  if (!below_stop(dstva, nbytes))
    return -1;
  user_access_begin();
  int result = user_copy_out(dstva, src, nbytes);
  user_access_end();
  return result;
}

/* A byte of 0 borrows from its top bit when 1 is taken from each byte. So does
 * one above 0x80, which has the bit set before, too; few strings have that. */
#define BYTE_ONES 0x0101010101010101
#define BYTE_TOPS 0x8080808080808080

/* The top bits of a word's bytes that are 0, up to the first one at least; 0 if
 * none is. */
static inline uint64 zero_bytes(uint64 word)
{
  uint64 borrowed = (word - BYTE_ONES) & BYTE_TOPS;
  return __builtin_expect(borrowed == 0, 1) ? 0 : borrowed & ~word;
}

/* The number of bytes up to the first of these, with it. RISC-V is
 * little-endian: the first byte of a word is the lowest. */
static inline uint64 bytes_through(uint64 zeros)
{
  uint64 below = (zeros & -zeros) - 1;
  return (below & BYTE_ONES) * BYTE_ONES >> 56;
}

/* Find the first NUL of [va, end). The number of bytes up to it, with it, goes
 * to *nbytes, or that of all. 0, or -1: a byte before that may not be read.
 * This looks at aligned words: their other bytes are in the same page, so none
 * of them is the reason of a fault. */
static inline int find_nul(uint64 va, uint64 end, uint64 *nbytes)
{
  uint64 at = va - va % WORD, word;

  *nbytes = end - va;
  if (va == end)
    return 0;
  if (!user_load_word(at, &word))
    return -1;
  word |= (1UL << (va - at) * 8) - 1; /* what is before the string is not 0 */
  while (zero_bytes(word) == 0) {
    at += WORD;
    if (at >= end)
      return 0;
    if (!user_load_word(at, &word))
      return -1;
  }
  *nbytes = min_u64(at + bytes_through(zero_bytes(word)), end) - va;
  return 0;
}

/* Copy [va, end) to dst up to the first NUL: copyinstr_new, with user access.
 * Where both are aligned, a word is stored as it is looked at, with what
 * follows the NUL in it; there is room, and the caller does not mind. Else, and
 * for the last bytes, first the NUL is found. */
static inline int copy_string(char *dst, uint64 va, uint64 end, uint64 *nbytes)
{
  uint64 at = va, word, rest;

  if (((uint64)dst | va) % WORD == 0) {
    uint64 whole = end - end % WORD;
    for (; at < whole; at += WORD, dst += WORD) {
      if (!user_load_word(at, &word))
        return -1;
      *(user_word *)dst = word;
      if (zero_bytes(word) != 0) {
        *nbytes = at + bytes_through(zero_bytes(word)) - va;
        return 0;
      }
    }
  }
  if (find_nul(at, end, &rest) < 0)
    return -1;
  *nbytes = at + rest - va;
  return user_copy_in(dst, at, rest);
}

int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{
  if (srcva >= USER_VA_STOP)
    return -1;
  uint64 end = srcva + min_u64(max, USER_VA_STOP - srcva);

  user_access_begin();
  int result = copy_string(dst, srcva, end, nbytes);
  user_access_end();
  return result;
}
