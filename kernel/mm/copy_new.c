#include "mm/copy_new.h"
#include "kernel/memlayout.h"
#include "mm/user_access.h"

/* A word of any kernel data: these copies know nothing of its type. */
typedef uint64 __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)
#define BLOCK (8 * WORD)

/* Which operand of a copy is the user's. */
enum user_side {
  USER_IS_SOURCE,
  USER_IS_TARGET,
};

/* One access to either operand; side is a constant where these are used. */
#define GET(side, load, type, value, from, offset)                             \
  do {                                                                         \
    if ((side) == USER_IS_SOURCE)                                              \
      USER_LOAD(load, value, from, offset);                                    \
    else                                                                       \
      (value) = *(const type *)((from) + (offset));                            \
  } while (0)

#define PUT(side, store, type, value, to, offset)                              \
  do {                                                                         \
    if ((side) == USER_IS_TARGET)                                              \
      USER_STORE(store, value, to, offset);                                    \
    else                                                                       \
      *(type *)((to) + (offset)) = (type)(value);                              \
  } while (0)

#define COPY_WORD(side, to, from, offset)                                      \
  do {                                                                         \
    uint64 word_;                                                              \
    GET(side, "ld", word_t, word_, from, offset);                              \
    PUT(side, "sd", word_t, word_, to, offset);                                \
  } while (0)

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Each of these copies some bytes from *from on, moves *to, *from and *nbytes
 * past them, and returns 0; -1 on a fault. */

ALWAYS_INLINE int copy_bytes(enum user_side side, uint64 *to, uint64 *from,
                             uint64 *nbytes, uint64 count)
{
  for (uint64 end = *to + count; *to < end; ++*to, ++*from, --*nbytes) {
    uint64 byte;
    GET(side, "lbu", uchar, byte, *from, 0);
    PUT(side, "sb", uchar, byte, *to, 0);
  }
  return 0;
on_fault:
  return -1;
}

/* One word; both are aligned. */
ALWAYS_INLINE int copy_word(enum user_side side, uint64 to, uint64 from)
{
  COPY_WORD(side, to, from, 0);
  return 0;
on_fault:
  return -1;
}

/* Both operands are aligned, as in the next one: whole blocks. */
ALWAYS_INLINE int copy_blocks(enum user_side side, uint64 *to, uint64 *from,
                              uint64 *nbytes)
{
  uint64 end = *from + *nbytes / BLOCK * BLOCK;

  for (; *from < end; *from += BLOCK, *to += BLOCK) {
    COPY_WORD(side, *to, *from, 0);
    COPY_WORD(side, *to, *from, 8);
    COPY_WORD(side, *to, *from, 16);
    COPY_WORD(side, *to, *from, 24);
    COPY_WORD(side, *to, *from, 32);
    COPY_WORD(side, *to, *from, 40);
    COPY_WORD(side, *to, *from, 48);
    COPY_WORD(side, *to, *from, 56);
  }
  *nbytes %= BLOCK;
  return 0;
on_fault:
  return -1;
}

ALWAYS_INLINE int copy_words(enum user_side side, uint64 *to, uint64 *from,
                             uint64 *nbytes)
{
  for (; *nbytes >= WORD; *nbytes -= WORD, *from += WORD, *to += WORD)
    COPY_WORD(side, *to, *from, 0);
  return 0;
on_fault:
  return -1;
}

/* The target is aligned, the source is not: each word is put together from
 * two aligned ones, both of which hold bytes of the range. */
ALWAYS_INLINE int copy_shifted(enum user_side side, uint64 *to, uint64 *from,
                               uint64 *nbytes)
{
  uint64 shift = *from % WORD * 8;
  uint64 f = *from - *from % WORD;
  uint64 count = *nbytes / WORD;
  uint64 low, high;

  if (count == 0)
    return 0;
  GET(side, "ld", word_t, low, f, 0);
  for (uint64 end = *to + count * WORD; *to < end; *to += WORD) {
    f += WORD;
    GET(side, "ld", word_t, high, f, 0);
    uint64 word = low >> shift | high << (64 - shift);
    PUT(side, "sd", word_t, word, *to, 0);
    low = high;
  }
  *from += count * WORD;
  *nbytes -= count * WORD;
  return 0;
on_fault:
  return -1;
}

/* Whether it is the commonest of all copies: of a pointer or a number. */
static inline bool is_one_word(uint64 to, uint64 from, uint64 nbytes)
{
  return ((to | from) % WORD | (nbytes ^ WORD)) == 0;
}

/* Whatever is aligned how. */
ALWAYS_INLINE int copy_range(enum user_side side, uint64 to, uint64 from,
                             uint64 nbytes)
{
  if (is_one_word(to, from, nbytes))
    return copy_word(side, to, from);

  if ((to | from) % WORD != 0) {
    uint64 head = min_u64(-to % WORD, nbytes);
    if (copy_bytes(side, &to, &from, &nbytes, head) < 0)
      return -1;
    if (from % WORD != 0 && copy_shifted(side, &to, &from, &nbytes) < 0)
      return -1;
  }
  /* Words are left only if both are aligned now. */
  if (nbytes >= BLOCK && copy_blocks(side, &to, &from, &nbytes) < 0)
    return -1;
  if (copy_words(side, &to, &from, &nbytes) < 0)
    return -1;
  return nbytes == 0 ? 0 : copy_bytes(side, &to, &from, &nbytes, nbytes);
}

/* All that stands between a user's number and the kernel's memory. */
static bool below_stop(uint64 va, uint64 nbytes)
{
  return va <= USER_VA_STOP && nbytes <= USER_VA_STOP - va;
}

int copyin_new(void *dst, uint64 srcva, uint64 nbytes)
{
  if (!below_stop(srcva, nbytes))
    return -1;
  window_open();
  int result = copy_range(USER_IS_SOURCE, (uint64)dst, srcva, nbytes);
  window_close();
  return result;
}

int copyout_new(uint64 dstva, const void *src, uint64 nbytes)
{
  if (!below_stop(dstva, nbytes))
    return -1;
  window_open();
  int result = copy_range(USER_IS_TARGET, dstva, (uint64)src, nbytes);
  window_close();
  return result;
}

/* The top bits of bytes. A byte of 0 borrows from its own when 1 is taken from
 * each; a byte beyond ASCII may have it set anyway. */
#define BYTE_ONES 0x0101010101010101
#define BYTE_TOPS 0x8080808080808080

/* The top bits of the word's bytes that are 0, up to the first one at least. */
static inline uint64 zero_bytes(uint64 word)
{
  return (word - BYTE_ONES) & ~word & BYTE_TOPS;
}

/* The number of bytes up to the first that has its top bit here, with it. */
static inline uint64 bytes_through_first(uint64 tops)
{
  uint64 first = tops & -tops;
  return ((first - 1) & BYTE_ONES) * BYTE_ONES >> 56;
}

/* Whether all of their bytes are ASCII and none is 0. */
static inline bool are_plain(uint64 w0, uint64 w1, uint64 w2, uint64 w3)
{
  uint64 borrowed =
      (w0 - BYTE_ONES) | (w1 - BYTE_ONES) | (w2 - BYTE_ONES) | (w3 - BYTE_ONES);
  return (borrowed & BYTE_TOPS) == 0;
}

/* Each of these goes on copying a string from *va to *to, up to user address
 * end at most, and moves both past what it copied. 1 after the NUL, 0 if there
 * is none, -1 on a fault. */

ALWAYS_INLINE int copy_string_bytes(char **to, uint64 *va, uint64 end)
{
  uint64 byte;

  while (*va < end) {
    USER_LOAD("lbu", byte, *va, 0);
    ++*va;
    *(*to)++ = byte;
    if (byte == 0)
      return 1;
  }
  return 0;
on_fault:
  return -1;
}

/* Both operands are aligned, and end is. */
ALWAYS_INLINE int copy_string_words(char **to, uint64 *va, uint64 end)
{
  uint64 word;

  while (*va < end) {
    USER_LOAD("ld", word, *va, 0);
    *(word_t *)*to = word; /* there is room, also for what follows a NUL */
    uint64 zeros = zero_bytes(word);
    uint64 nbytes = zeros == 0 ? WORD : bytes_through_first(zeros);
    *to += nbytes;
    *va += nbytes;
    if (zeros != 0)
      return 1;
  }
  return 0;
on_fault:
  return -1;
}

/* Four words at a time, as long as they are plain. The source and end are
 * aligned to that many, so that no more than the string's own pages are
 * touched. Never 1: the NUL is left to others. */
#define ROW (4 * WORD)
ALWAYS_INLINE int copy_plain_rows(char **to, uint64 *va, uint64 end)
{
  uint64 w0, w1, w2, w3;

  for (; *va < end; *va += ROW, *to += ROW) {
    word_t *dst = (word_t *)*to;
    USER_LOAD("ld", w0, *va, 0);
    USER_LOAD("ld", w1, *va, 8);
    USER_LOAD("ld", w2, *va, 16);
    USER_LOAD("ld", w3, *va, 24);
    if (!are_plain(w0, w1, w2, w3))
      break;
    dst[0] = w0, dst[1] = w1;
    dst[2] = w2, dst[3] = w3;
  }
  return 0;
on_fault:
  return -1;
}

static inline uint64 round_up(uint64 value, uint64 unit)
{
  return (value + unit - 1) / unit * unit;
}

/* Up to where rows begin. */
ALWAYS_INLINE int copy_string_head(char **to, uint64 *va, uint64 end)
{
  int found = copy_string_bytes(to, va, min_u64(round_up(*va, WORD), end));
  if (found)
    return found;
  return copy_string_words(to, va,
                           min_u64(round_up(*va, ROW), end / WORD * WORD));
}

/* Both operands can be aligned together. Less than a word is left to others. */
ALWAYS_INLINE int copy_string_together(char **to, uint64 *va, uint64 end)
{
  int found = *va % ROW == 0 ? 0 : copy_string_head(to, va, end);
  if (!found)
    found = copy_plain_rows(to, va, end / ROW * ROW);
  return found ? found : copy_string_words(to, va, end / WORD * WORD);
}

static int copy_string(char *dst, uint64 srcva, uint64 limit, uint64 *nbytes)
{
  uint64 va = srcva, end = srcva + limit;
  char *to = dst;
  int found = 0;

  if (((uint64)dst - srcva) % WORD == 0)
    found = copy_string_together(&to, &va, end);
  if (!found)
    found = copy_string_bytes(&to, &va, end);
  *nbytes = va - srcva;
  return found < 0 ? -1 : 0;
}

int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{
  if (srcva >= USER_VA_STOP)
    return -1;
  uint64 limit = min_u64(max, USER_VA_STOP - srcva);

  window_open();
  int result = copy_string(dst, srcva, limit, nbytes);
  window_close();
  return result;
}
