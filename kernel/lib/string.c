/* Bytes and strings. Memory is moved by words: eight at a time where both ends
 * can be aligned together. */
#include "lib/string.h"
#include "kernel/riscv.h"

/* A word that may lie over objects of any type. */
typedef uint64 __attribute__((may_alias)) word;

#define WORD sizeof(word)
#define BLOCK (8 * WORD)

static inline void copy_block(word *dst, const word *src)
{
  word w0 = src[0], w1 = src[1], w2 = src[2], w3 = src[3];
  word w4 = src[4], w5 = src[5], w6 = src[6], w7 = src[7];
  dst[0] = w0, dst[1] = w1, dst[2] = w2, dst[3] = w3;
  dst[4] = w4, dst[5] = w5, dst[6] = w6, dst[7] = w7;
}

static inline void fill_block(word *dst, word value)
{
  dst[0] = value, dst[1] = value, dst[2] = value, dst[3] = value;
  dst[4] = value, dst[5] = value, dst[6] = value, dst[7] = value;
}

/* A page has many blocks: four in a row, that the loop costs little. */
#define ROW (4 * BLOCK)

void page_zero(void *page)
{
  for (char *at = page, *end = at + PGSIZE; at < end; at += ROW) {
    fill_block((word *)at, 0);
    fill_block((word *)(at + BLOCK), 0);
    fill_block((word *)(at + 2 * BLOCK), 0);
    fill_block((word *)(at + 3 * BLOCK), 0);
  }
}

void page_copy(void *dst, const void *src)
{
  char *to = dst;

  for (const char *at = src, *end = at + PGSIZE; at < end; at += ROW) {
    copy_block((word *)to, (const word *)at);
    copy_block((word *)(to + BLOCK), (const word *)(at + BLOCK));
    copy_block((word *)(to + 2 * BLOCK), (const word *)(at + 2 * BLOCK));
    copy_block((word *)(to + 3 * BLOCK), (const word *)(at + 3 * BLOCK));
    to += ROW;
  }
}

char *string_copy(char *dst, const char *src, size_t room)
{
  size_t length = 0;
  while (length + 1 < room && src[length] != 0) {
    dst[length] = src[length];
    length++;
  }
  dst[length] = 0;
  return dst;
}

#ifndef HOST /* which has its own */

/* In a loop's body: keeps the compiler from making the loop a call of the
 * very function that it is in. */
#define KEEP_LOOP() __asm__ volatile("")

static inline size_t misalignment(const void *p)
{
  return (size_t)p % WORD;
}

void *memset(void *dst, int byte, size_t nbytes)
{
  uchar *at = dst, *end = at + nbytes;
  word pattern = (uchar)byte * 0x0101010101010101UL;

  for (; at < end && misalignment(at) != 0; at++) {
    *at = (uchar)byte;
    KEEP_LOOP();
  }
  for (; (size_t)(end - at) >= BLOCK; at += BLOCK)
    fill_block((word *)at, pattern);
  for (; at < end; at++) {
    *at = (uchar)byte;
    KEEP_LOOP();
  }
  return dst;
}

/* Copy as many words as there are to dst, which is aligned. src is not, so what
 * is written lies across two words of its; no word is read beside the range. */
static size_t copy_shifted(uchar *dst, const uchar *src, size_t nbytes)
{
  size_t shift = misalignment(src) * 8, done = 0;
  const word *from = (const word *)(src - misalignment(src));
  word low = *from++;

  for (; nbytes - done >= WORD; done += WORD) {
    word high = *from++;
    *(word *)(dst + done) = low >> shift | high << (64 - shift);
    low = high;
  }
  return done;
}

/* Copy from the first byte to the last. Right also when dst is below src and
 * they overlap: nothing is written that is still to be read. */
static void copy_up(uchar *dst, const uchar *src, size_t nbytes)
{
  for (; nbytes > 0 && misalignment(dst) != 0; nbytes--) {
    *dst++ = *src++;
    KEEP_LOOP();
  }
  if (misalignment(src) == 0) {
    for (; nbytes >= BLOCK; nbytes -= BLOCK, dst += BLOCK, src += BLOCK)
      copy_block((word *)dst, (const word *)src);
    for (; nbytes >= WORD; nbytes -= WORD, dst += WORD, src += WORD)
      *(word *)dst = *(const word *)src;
  } else if (nbytes >= WORD) {
    size_t done = copy_shifted(dst, src, nbytes);
    dst += done, src += done, nbytes -= done;
  }
  for (; nbytes > 0; nbytes--) {
    *dst++ = *src++;
    KEEP_LOOP();
  }
}

/* From the last byte to the first, for dst above src. */
static void copy_down(uchar *dst, const uchar *src, size_t nbytes)
{
  if (misalignment(dst) == misalignment(src)) {
    for (; nbytes > 0 && misalignment(dst + nbytes) != 0; nbytes--)
      dst[nbytes - 1] = src[nbytes - 1];
    for (; nbytes >= BLOCK; nbytes -= BLOCK)
      copy_block((word *)(dst + nbytes - BLOCK),
                 (const word *)(src + nbytes - BLOCK));
    for (; nbytes >= WORD; nbytes -= WORD)
      *(word *)(dst + nbytes - WORD) = *(const word *)(src + nbytes - WORD);
  }
  for (; nbytes > 0; nbytes--) {
    dst[nbytes - 1] = src[nbytes - 1];
    KEEP_LOOP();
  }
}

void *memcpy(void *dst, const void *src, size_t nbytes)
{
  copy_up(dst, src, nbytes);
  return dst;
}

void *memmove(void *dst, const void *src, size_t nbytes)
{
  if ((size_t)dst - (size_t)src >= nbytes)
    copy_up(dst, src, nbytes);
  else
    copy_down(dst, src, nbytes);
  return dst;
}

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
  const char *end = s;

  for (; *end != 0; end++)
    KEEP_LOOP();
  return (size_t)(end - s);
}

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
