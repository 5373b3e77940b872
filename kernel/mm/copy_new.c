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

/* Each of these three copies some bytes from *from on, moves *to, *from and
 * *nbytes past them, and returns 0; -1 on a fault. */

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

/* Both operands are aligned. */
ALWAYS_INLINE int copy_words(enum user_side side, uint64 *to, uint64 *from,
                             uint64 *nbytes)
{
  uint64 t = *to, f = *from;
  uint64 blocks_end = f + *nbytes / BLOCK * BLOCK;
  uint64 words_end = f + *nbytes / WORD * WORD;

  for (; f < blocks_end; f += BLOCK, t += BLOCK) {
    COPY_WORD(side, t, f, 0);
    COPY_WORD(side, t, f, 8);
    COPY_WORD(side, t, f, 16);
    COPY_WORD(side, t, f, 24);
    COPY_WORD(side, t, f, 32);
    COPY_WORD(side, t, f, 40);
    COPY_WORD(side, t, f, 48);
    COPY_WORD(side, t, f, 56);
  }
  for (; f < words_end; f += WORD, t += WORD)
    COPY_WORD(side, t, f, 0);

  *nbytes -= f - *from;
  *to = t;
  *from = f;
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

ALWAYS_INLINE int copy_range(enum user_side side, uint64 to, uint64 from,
                             uint64 nbytes)
{
  uint64 head = min_u64(-to % WORD, nbytes);
  if (copy_bytes(side, &to, &from, &nbytes, head) < 0)
    return -1;

  int result = from % WORD == 0 ? copy_words(side, &to, &from, &nbytes)
                                : copy_shifted(side, &to, &from, &nbytes);
  return result < 0 ? -1 : copy_bytes(side, &to, &from, &nbytes, nbytes);
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

/* Whether one of the word's bytes is 0: it borrows from its top bit. */
static inline bool has_zero_byte(uint64 word)
{
  const uint64 ones = 0x0101010101010101, tops = 0x8080808080808080;
  return ((word - ones) & ~word & tops) != 0;
}

/* Copy whole words while they hold no NUL, at most limit bytes of them; both
 * operands are aligned. The bytes copied go to *done. 0, or -1 on a fault. */
ALWAYS_INLINE int copy_string_words(char *dst, uint64 srcva, uint64 limit,
                                    uint64 *done)
{
  uint64 word;

  for (*done = 0; limit - *done >= WORD; *done += WORD) {
    USER_LOAD("ld", word, srcva + *done, 0);
    if (has_zero_byte(word))
      break;
    *(word_t *)(dst + *done) = word;
  }
  return 0;
on_fault:
  return -1;
}

/* Copy bytes up to dst[end] or a NUL, from *done on. */
ALWAYS_INLINE int copy_string_bytes(char *dst, uint64 srcva, uint64 end,
                                    uint64 *done, bool *closed)
{
  uint64 byte;

  while (*done < end && !*closed) {
    USER_LOAD("lbu", byte, srcva + *done, 0);
    dst[(*done)++] = byte;
    *closed = byte == 0;
  }
  return 0;
on_fault:
  return -1;
}

static int copy_string(char *dst, uint64 srcva, uint64 limit, uint64 *nbytes)
{
  bool together = ((uint64)dst - srcva) % WORD == 0;
  uint64 head = together ? min_u64(-srcva % WORD, limit) : limit;
  bool closed = false;
  uint64 words = 0;

  *nbytes = 0;
  if (copy_string_bytes(dst, srcva, head, nbytes, &closed) < 0)
    return -1;
  if (closed || *nbytes == limit)
    return 0;
  if (copy_string_words(dst + head, srcva + head, limit - head, &words) < 0)
    return -1;
  *nbytes += words;
  return copy_string_bytes(dst, srcva, limit, nbytes, &closed);
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
