/* Bytes and strings. Most of what a small kernel does is to clear and to copy
 * pages and blocks, so memory is moved by words, and by eight at a time where
 * it can be. memcpy is in copy.S. */
#include "lib/string.h"
#include "kernel/riscv.h"

/* A word that may lie over objects of any type: otherwise the compiler assumes
 * that a store through it changes no char, int or structure. */
typedef uint64 __attribute__((may_alias)) word;

#define WORD sizeof(word)
#define BLOCK 8       /* words */
#define PAGE_BLOCK 32 /* words: a page's loop itself is to cost little */

/* These two lie on one page of code each, for the reason that copy.S gives. */
#define ALIGNED __attribute__((aligned(512)))

void ALIGNED page_zero(void *page)
{
  for (word *at = page, *end = page + PGSIZE; at < end; at += PAGE_BLOCK) {
#pragma GCC unroll 32
    for (int i = 0; i < PAGE_BLOCK; i++)
      at[i] = 0;
  }
}

void ALIGNED page_copy(void *dst, const void *src)
{
  const word *from = src, *end = src + PGSIZE;
  for (word *to = dst; from < end; from += PAGE_BLOCK, to += PAGE_BLOCK) {
#pragma GCC unroll 32
    for (int i = 0; i < PAGE_BLOCK; i++)
      to[i] = from[i];
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
  for (; (size_t)(end - at) >= BLOCK * WORD; at += BLOCK * WORD) {
#pragma GCC unroll 8
    for (int i = 0; i < BLOCK; i++)
      ((word *)at)[i] = pattern;
  }
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
