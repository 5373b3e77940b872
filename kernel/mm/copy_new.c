/* The direct copies. A user pointer below USER_VA_STOP is a pointer that the
 * kernel can use, by the mirror in the private table on which it runs for the
 * process. So there are three things to do: check that the range is the user's
 * memory, begin user access, and leave the copy to the primitive that may
 * fault. A string has no length, so it is looked at while it is copied, by
 * words at every alignment. Read mm/user_access.h before. */
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

/* What is still to be copied of a string: [va, end) at most, to dst. */
struct string_copy {
  char *dst;
  uint64 va, end;
};

/* The next two copy as long as whole words are left. They write the word that
 * holds the NUL as it is, with the bytes behind the NUL: all of it is within
 * the max bytes of dst, whose content after the string is undefined. They
 * return 1 after the NUL; 0 if what they copied has none, and the rest is still
 * to be copied; -1 if a word may not be read. */

/* Both operands are aligned. */
static inline int copy_words(struct string_copy *copy)
{
  uint64 whole = copy->end - copy->end % WORD, word;

  for (; copy->va < whole; copy->va += WORD, copy->dst += WORD) {
    if (!user_load_word(copy->va, &word))
      return -1;
    *(user_word *)copy->dst = word;
    if (zero_bytes(word) != 0) {
      copy->va += bytes_through(zero_bytes(word));
      return 1;
    }
  }
  return 0;
}

/* The target alone is aligned: each word of it is put together from the end of
 * one aligned word and the beginning of the next. The next is loaded when there
 * is no NUL in the one before: then it holds bytes of the string. */
static inline int copy_shifted(struct string_copy *copy)
{
  uint64 ahead = copy->va % WORD, shift = ahead * 8;
  uint64 at = copy->va - ahead, word;

  if (copy->end - copy->va < 2 * WORD)
    return 0;
  if (!user_load_word(at, &word))
    return -1;
  uint64 zeros = zero_bytes(word | ((1UL << shift) - 1)); /* from va on */
  uint64 part = word >> shift, last = copy->end - ahead - 2 * WORD;
  for (; zeros == 0 && at <= last; copy->dst += WORD) {
    at += WORD;
    if (!user_load_word(at, &word))
      return -1;
    *(user_word *)copy->dst = part | word << (64 - shift);
    part = word >> shift;
    zeros = zero_bytes(word);
  }
  if (zeros == 0) {
    copy->va = at + ahead;
    return 0;
  }
  *(user_word *)copy->dst = part;
  copy->va = at + bytes_through(zeros);
  return 1;
}

/* The number of bytes up to the first NUL of [va, end), with it, or of all goes
 * to *nbytes. 0, or -1: one of them may not be read. This looks at aligned
 * words: their other bytes are in the same page, so none causes a fault. */
static inline int find_nul(uint64 va, uint64 end, uint64 *nbytes)
{
  uint64 at = va - va % WORD, before = (1UL << va % WORD * 8) - 1;
  uint64 word, zeros = 0;

  /* from is va, and then each word's address: of an empty range, no word is
   * looked at. */
  for (uint64 from = va; from < end && zeros == 0; from = at, before = 0) {
    if (!user_load_word(at, &word))
      return -1;
    zeros = zero_bytes(word | before); /* from va on */
    at += WORD;
  }
  if (zeros != 0)
    end = min_u64(at - WORD + bytes_through(zeros), end);
  *nbytes = end - va;
  return 0;
}

static inline int copy_string(struct string_copy copy, uint64 *nbytes)
{
  uint64 start = copy.va, rest;
  int found = 0;

  if ((uint64)copy.dst % WORD == 0)
    found = copy.va % WORD == 0 ? copy_words(&copy) : copy_shifted(&copy);
  if (found != 0) {
    *nbytes = copy.va - start;
    return found < 0 ? -1 : 0;
  }

  /* The last bytes, or all if the target is not aligned. */
  if (find_nul(copy.va, copy.end, &rest) < 0)
    return -1;
  *nbytes = copy.va + rest - start;
  return user_copy_in(copy.dst, copy.va, rest);
}

int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{
  if (srcva >= USER_VA_STOP)
    return -1;
  uint64 end = srcva + min_u64(max, USER_VA_STOP - srcva);

  user_access_begin();
  int result = copy_string((struct string_copy){dst, srcva, end}, nbytes);
  user_access_end();
  return result;
}
