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
  if (__builtin_expect(is_one_word(to, from, nbytes), true))
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
  user_access_begin();
  int result = copy_range(USER_IS_SOURCE, (uint64)dst, srcva, nbytes);
  user_access_end();
  return result;
}

int copyout_new(uint64 dstva, const void *src, uint64 nbytes)
{
  if (!below_stop(dstva, nbytes))
    return -1;
  user_access_begin();
  int result = copy_range(USER_IS_TARGET, dstva, (uint64)src, nbytes);
  user_access_end();
  return result;
}

/* The top bits of bytes. A byte of 0 borrows from its own when 1 is taken from
 * each; a byte beyond ASCII may have it set anyway. */
#define BYTE_ONES 0x0101010101010101
#define BYTE_TOPS 0x8080808080808080

/* The top bits of the word's bytes that are 0, up to the first one at least;
 * 0 if none is. Most words have ASCII alone, which the first test tells. */
static inline uint64 zero_bytes(uint64 word)
{
  uint64 borrowed = (word - BYTE_ONES) & BYTE_TOPS;
  return __builtin_expect(borrowed == 0, 1) ? 0 : borrowed & ~word;
}

/* The number of bytes up to the first that has its top bit here, with it. */
static inline uint64 bytes_through_first(uint64 tops)
{
  uint64 first = tops & -tops;
  return ((first - 1) & BYTE_ONES) * BYTE_ONES >> 56;
}

/* A string on its way: from user address va, up to end at most, to the kernel's
 * memory at to. */
struct string_copy {
  char *to;
  uint64 va, end;
};

static inline void advance(struct string_copy *copy, uint64 nbytes)
{
  copy->to += nbytes;
  copy->va += nbytes;
}

/* Each of these goes on with a copy. 1 after the NUL, 0 if there is none in
 * what was copied, -1 on a fault. */

/* Up to va = end. */
ALWAYS_INLINE int copy_string_bytes(struct string_copy *copy, uint64 end)
{
  uint64 byte;

  for (; copy->va < end; advance(copy, 1)) {
    USER_LOAD("lbu", byte, copy->va, 0);
    *copy->to = byte;
    if (byte == 0) {
      advance(copy, 1);
      return 1;
    }
  }
  return 0;
on_fault:
  return -1;
}

/* Whole words; both operands are aligned. What follows a NUL in its word has
 * room in dst, too. */
ALWAYS_INLINE int copy_string_words(struct string_copy *copy)
{
  uint64 end = copy->va + (copy->end - copy->va) / WORD * WORD;
  uint64 word;

  for (; copy->va < end; advance(copy, WORD)) {
    USER_LOAD("ld", word, copy->va, 0);
    *(word_t *)copy->to = word;
    uint64 zeros = zero_bytes(word);
    if (zeros != 0) {
      advance(copy, bytes_through_first(zeros));
      return 1;
    }
  }
  return 0;
on_fault:
  return -1;
}

/* The target is aligned, the source is not: each word is put together from the
 * end of one aligned word and the beginning of the next, which is loaded when
 * there is no NUL in the first, and holds bytes of the range. Less than two
 * words are left to others. */
ALWAYS_INLINE int copy_string_shifted(struct string_copy *copy)
{
  uint64 ahead = copy->va % WORD, shift = ahead * 8;
  uint64 first, next, part, word = 0, zeros = 0;

  copy->va -= ahead;
  USER_LOAD("ld", first, copy->va, 0);
  uint64 end = copy->va + (copy->end - copy->va - ahead) / WORD * WORD;
  if (zero_bytes(first | ((1UL << shift) - 1)) != 0)
    end = copy->va;
  part = first >> shift;
  for (; copy->va < end; advance(copy, WORD)) {
    USER_LOAD("ld", next, copy->va, 8);
    word = part | next << (64 - shift);
    *(word_t *)copy->to = word;
    zeros = zero_bytes(next);
    if (zeros != 0)
      break;
    part = next >> shift;
  }
  copy->va += ahead;
  if (zeros == 0)
    return 0;
  zeros = zero_bytes(word);
  advance(copy, zeros != 0 ? bytes_through_first(zeros) : WORD);
  return zeros != 0;
on_fault:
  return -1;
}

static int copy_string(struct string_copy *copy)
{
  uint64 head = -(uint64)copy->to % WORD;
  int found = 0;

  if (head != 0)
    found = copy_string_bytes(copy, min_u64(copy->va + head, copy->end));
  if (!found && copy->va < copy->end)
    found = copy->va % WORD == 0 ? copy_string_words(copy)
                                 : copy_string_shifted(copy);
  return found ? found : copy_string_bytes(copy, copy->end);
}

int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes)
{
  if (srcva >= USER_VA_STOP)
    return -1;
  struct string_copy copy = {
      .to = dst,
      .va = srcva,
      .end = srcva + min_u64(max, USER_VA_STOP - srcva),
  };

  user_access_begin();
  int found = copy_string(&copy);
  user_access_end();
  *nbytes = copy.va - srcva;
  return found < 0 ? -1 : 0;
}
