/* Strings and bytes. The mem* functions move eight bytes at a time where both
 * sides allow it: programs fill and copy whole buffers with them. */
#include "user/user.h"

/* A word that may lie over bytes of any type. */
typedef uint64 __attribute__((may_alias)) word;

#define WORD sizeof(word)
#define ONES (~0ul / 0xFF) /* 1 in each byte of a word */

/* Whether two addresses can be word aligned at the same time. */
static int same_phase(const void *a, const void *b)
{
  return (((uint64)a ^ (uint64)b) & (WORD - 1)) == 0;
}

static int is_aligned(const void *p)
{
  return ((uint64)p & (WORD - 1)) == 0;
}

/* From the front: right for any dst below src, or apart from it. */
static void copy_up(uchar *dst, const uchar *src, uint64 nbytes)
{
  if (same_phase(dst, src)) {
    for (; nbytes > 0 && !is_aligned(dst); nbytes--)
      *dst++ = *src++;
    for (; nbytes >= WORD; nbytes -= WORD) {
      *(word *)dst = *(const word *)src;
      dst += WORD;
      src += WORD;
    }
  }
  while (nbytes-- > 0)
    *dst++ = *src++;
}

/* From the back: right for any dst above src. */
static void copy_down(uchar *dst, const uchar *src, uint64 nbytes)
{
  dst += nbytes;
  src += nbytes;
  if (same_phase(dst, src)) {
    for (; nbytes > 0 && !is_aligned(dst); nbytes--)
      *--dst = *--src;
    for (; nbytes >= WORD; nbytes -= WORD) {
      dst -= WORD;
      src -= WORD;
      *(word *)dst = *(const word *)src;
    }
  }
  while (nbytes-- > 0)
    *--dst = *--src;
}

void *memcpy(void *dst, const void *src, uint nbytes)
{
  copy_up(dst, src, nbytes);
  return dst;
}

/* A negative length copies nothing. */
void *memmove(void *dst, const void *src, int nbytes)
{
  if (nbytes <= 0)
    return dst;
  if ((uint64)dst <= (uint64)src)
    copy_up(dst, src, nbytes);
  else
    copy_down(dst, src, nbytes);
  return dst;
}

void *memset(void *dst, int byte, uint nbytes)
{
  uchar *p = dst, *end = p + nbytes;
  word pattern = ONES * (uchar)byte;

  while (p < end && !is_aligned(p))
    *p++ = (uchar)byte;
  for (; end - p >= (long)WORD; p += WORD)
    *(word *)p = pattern;
  while (p < end)
    *p++ = (uchar)byte;
  return dst;
}

int memcmp(const void *a, const void *b, uint nbytes)
{
  const uchar *left = a, *right = b;

  for (uint i = 0; i < nbytes; i++)
    if (left[i] != right[i])
      return left[i] - right[i];
  return 0;
}

uint strlen(const char *s)
{
  const char *end = s;

  while (*end != '\0')
    end++;
  return (uint)(end - s);
}

char *strcpy(char *dst, const char *src)
{
  return memcpy(dst, src, strlen(src) + 1);
}

/* As in the standard, the closing NUL can be looked for, too. */
char *strchr(const char *s, char c)
{
  for (; *s != c; s++)
    if (*s == '\0')
      return NULL;
  return (char *)s;
}

int strcmp(const char *a, const char *b)
{
  uint i = 0;

  while (a[i] != '\0' && a[i] == b[i])
    i++;
  return (uchar)a[i] - (uchar)b[i];
}
