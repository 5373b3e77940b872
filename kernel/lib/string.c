/* Bytes and strings. Most of what a small kernel does is to clear and to copy
 * pages and blocks, so memory is moved by words, and by eight at a time where
 * it can be. memcpy is in copy.S. */
#include "lib/string.h"
#include "kernel/riscv.h"

/* A word that may lie over objects of any type: else the compiler would believe
 * that a store through it changes no char, int or structure. */
typedef uint64 __attribute__((may_alias)) word;

#define WORD sizeof(word)
#define BLOCK (8 * WORD)

/* All is read before any of it is written, so the two may overlap. */
static inline void copy_block(word *dst, const word *src)
{
  word w0 = src[0], w1 = src[1], w2 = src[2], w3 = src[3];
  word w4 = src[4], w5 = src[5], w6 = src[6], w7 = src[7];
  dst[0] = w0, dst[1] = w1, dst[2] = w2, dst[3] = w3;
  dst[4] = w4, dst[5] = w5, dst[6] = w6, dst[7] = w7;
}

/* The same word eight times. */
static inline void fill_block(word *dst, word value)
{
  dst[0] = value, dst[1] = value, dst[2] = value, dst[3] = value;
  dst[4] = value, dst[5] = value, dst[6] = value, dst[7] = value;
}

/* In a page four blocks at a time, so that the loop itself costs little. */
#define FOUR (4 * BLOCK)

void page_zero(void *page)
{
  for (char *at = page, *end = at + PGSIZE; at < end; at += FOUR) {
    fill_block((word *)at, 0);
    fill_block((word *)(at + BLOCK), 0);
    fill_block((word *)(at + 2 * BLOCK), 0);
    fill_block((word *)(at + 3 * BLOCK), 0);
  }
}

void page_copy(void *dst, const void *src)
{
  const char *from = src, *end = from + PGSIZE;

  for (char *to = dst; from < end; from += FOUR, to += FOUR) {
    copy_block((word *)to, (const word *)from);
    copy_block((word *)(to + BLOCK), (const word *)(from + BLOCK));
    copy_block((word *)(to + 2 * BLOCK), (const word *)(from + 2 * BLOCK));
    copy_block((word *)(to + 3 * BLOCK), (const word *)(from + 3 * BLOCK));
  }
}

char *safestrcpy(char *dst, const char *src, size_t room)
{
  size_t length = 0;

  for (; length + 1 < room && src[length] != 0; length++)
    dst[length] = src[length];
  dst[length] = 0;
  return dst;
}

#ifndef HOST /* which has its own */

/* Bytes up to the first word, blocks, and bytes again. */
void *memset(void *dst, int byte, size_t nbytes)
{
  uchar *at = dst, *end = at + nbytes;
  word pattern = (uchar)byte * 0x0101010101010101UL;

  for (; at < end && (size_t)at % WORD != 0; at++)
    *at = (uchar)byte;
  for (; (size_t)(end - at) >= BLOCK; at += BLOCK)
    fill_block((word *)at, pattern);
  for (; at < end; at++)
    *at = (uchar)byte;
  return dst;
}

/* Where dst is inside of what is read, the last byte goes first. Nobody in the
 * kernel does that, so it may be slow. */
void *memmove(void *dst, const void *src, size_t nbytes)
{
  if ((size_t)dst - (size_t)src >= nbytes)
    return memcpy(dst, src, nbytes);
  while (nbytes-- > 0)
    ((uchar *)dst)[nbytes] = ((const uchar *)src)[nbytes];
  return dst;
}

/* By the first bytes that differ, as numbers without a sign. */
int memcmp(const void *a, const void *b, size_t nbytes)
{
  const uchar *left = a, *right = b;

  for (size_t i = 0; i < nbytes; i++) {
    if (left[i] != right[i])
      return left[i] - right[i];
  }
  return 0;
}

size_t strlen(const char *s)
{
  size_t length = 0;

  while (s[length] != 0)
    length++;
  return length;
}

/* As far as nbytes, or to the end of both: a string that is the beginning of
 * another one comes first, since its NUL is less than any other byte. */
int strncmp(const char *a, const char *b, size_t nbytes)
{
  for (size_t i = 0; i < nbytes; i++) {
    uchar left = (uchar)a[i], right = (uchar)b[i];
    if (left != right || left == 0)
      return left - right;
  }
  return 0;
}

int strcmp(const char *a, const char *b)
{
  return strncmp(a, b, ~(size_t)0);
}

#endif
