/* The direct copies. A user pointer below USER_VA_STOP is a pointer that the
 * kernel can use, by the mirror in the private table on which it runs for the
 * process. So there are three things to do: check that the range is the user's
 * memory, begin user access, and leave the copy to the primitive that may
 * fault. A string has no length: its NUL is looked for in the words that are
 * copied. Read mm/user_access.h before. */
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
 * little-endian: a word begins with its lowest byte. */
static inline uint64 bytes_through(uint64 zeros)
{
  uint64 below = (zeros & -zeros) - 1;
  return (below & BYTE_ONES) * BYTE_ONES >> 56;
}

/* Copy a string of [va, end), of which the bytes copied go to *nbytes. Each
 * word is searched as it passes, and the one with the NUL is written as it is:
 * what follows the string in dst is undefined. No word is loaded that has no
 * byte of the string. */
static inline int copy_string(char *dst, uint64 va, uint64 end, uint64 *nbytes)
{
  uint64 at = va, words_end = end - end % WORD, word;
  if (((uint64)dst | va) % WORD == 0) {
    for (; at < words_end; at += WORD, dst += WORD) {
      if (!user_load_word(at, &word))
        return -1;
      *(user_word *)dst = word;
      if (zero_bytes(word) != 0) {
        *nbytes = at + bytes_through(zero_bytes(word)) - va;
        return 0;
      }
    }
  }

  /* Else bytes go until the target is aligned, then words, each made of two
   * neighbours in user memory. In both cases bytes are left. */
  for (; at < end; at++, dst++) {
    uint64 ahead = at % WORD, shift = ahead * 8, from = at - ahead;
    if (!user_load_word(from, &word))
      return -1;
    if ((uint64)dst % WORD == 0 && end - at >= WORD) {
      uint64 zeros = zero_bytes(word | ((1UL << shift) - 1)); /* from at on */
      uint64 last = from + (end - at - WORD) / WORD * WORD;
      for (; zeros == 0 && from < last; dst += WORD) {
        uint64 part = word >> shift;
        from += WORD;
        if (!user_load_word(from, &word))
          return -1;
        *(user_word *)dst = part | word << 1 << (63 - shift);
        zeros = zero_bytes(word);
      }
      if (zeros != 0) {
        *(user_word *)dst = word >> shift;
        *nbytes = from + bytes_through(zeros) - va;
        return 0;
      }
      at = from + ahead;
    }
    *dst = word >> shift;
    if (*dst == '\0') {
      *nbytes = at + 1 - va;
      return 0;
    }
  }
  *nbytes = end - va;
  return 0;
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
