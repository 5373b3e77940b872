/* The direct copies, kernel/mm/copy_new.c, for any address and length of 64
 * bits, and any alignment.
 *
 *   prove_copy: bound 1
 *     copyin_new() and copyout_new() copy exactly if the range does not wrap
 *     and ends at or below USER_VA_STOP; else they touch nothing. User access
 *     is open for the copy alone.
 *   prove_aligned_string: bound 2
 *   prove_other_string: bound 2
 *     copyinstr_new() loads words below USER_VA_STOP alone, each with a byte of
 *     the string, and none behind its NUL; it writes no more than max bytes.
 *     They are the string's as far as its NUL, or max, or USER_VA_STOP.
 *
 *   loop WORDS of mm/copy_new.c: at < words_end
 *   loop BYTES of mm/copy_new.c: at < end; at++
 *   loop NEIGHBOURS of mm/copy_new.c: zeros == 0 && from < last
 */
#include "tests/prove/prove.h"

static bool open;
static uint opened, copied;
static uint64 begin, size; /* the range of the caller */

/* A string goes to `string`. Any one byte of it is looked at: number `probe`,
 * which is `byte` in user memory. The others may change at any time. */
static char *string;
static uint64 probe;
static uchar byte;
static bool aligned;

/* Whether the loops have been right up to this user address. */
#define IS_COPIED(at)                                                          \
  (!aligned || begin + probe >= (at) || string[probe] == byte)
#define HAS_NO_NUL(at) (begin + probe >= (at) || byte != 0)

#define WORDS                                                                  \
  ANY_TURN((at = nondet_u64(), dst = string + (at - begin),                    \
            __CPROVER_havoc_object(string)),                                   \
           at >= begin && at <= words_end && at % WORD == 0 &&                 \
               dst == string + (at - begin) && IS_COPIED(at) &&                \
               HAS_NO_NUL(at))

#define BYTES                                                                  \
  ANY_TURN((at = nondet_u64(), dst = string + (at - begin),                    \
            __CPROVER_havoc_object(string)),                                   \
           at >= begin && at <= end && dst == string + (at - begin) &&         \
               (!aligned || end - at < WORD) && IS_COPIED(at) &&               \
               HAS_NO_NUL(at))

/* Each word has been searched before its bytes from `ahead` on are copied. */
#define NEIGHBOURS                                                             \
  ANY_TURN((from = nondet_u64(), word = nondet_u64(),                          \
            dst = string + (from + ahead - begin),                             \
            zeros = zero_bytes(searched(word, from, at)),                      \
            __CPROVER_havoc_object(string)),                                   \
           from >= at - ahead && from <= last && from % WORD == 0 &&           \
               dst == string + (from + ahead - begin) && is_at(word, from) &&  \
               zeros == zero_bytes(searched(word, from, at)) &&                \
               IS_COPIED(from + ahead) && HAS_NO_NUL(from))

/* Whether the word may be the one at this user address. */
static bool is_at(uint64 word, uint64 va)
{
  uint64 index = begin + probe - va;
  return index >= sizeof(word) || (uchar)(word >> index * 8) == byte;
}

/* The word, without its bytes before va. */
static uint64 searched(uint64 word, uint64 from, uint64 va)
{
  return from < va ? word | ((1UL << va % 8 * 8) - 1) : word;
}

#include "mm/copy_new.c"

void user_access_begin(void)
{
  MUST(!open);
  open = true;
  opened++;
}

void user_access_end(void)
{
  MUST(open);
  open = false;
}

static int copy_checked(uint64 va, uint64 nbytes)
{
  MUST(open && va == begin && nbytes == size);
  MUST((unsigned __int128)va + nbytes <= USER_VA_STOP);
  copied++;
  return nondet_bool() ? 0 : -1;
}

int user_copy_in(void *dst, uint64 srcva, uint64 nbytes)
{
  MUST(dst == &copied);
  return copy_checked(srcva, nbytes);
}

int user_copy_out(uint64 dstva, const void *src, uint64 nbytes)
{
  MUST(src == &copied);
  return copy_checked(dstva, nbytes);
}

void prove_copy(void)
{
  begin = nondet_u64();
  size = nondet_u64();
  bool out = nondet_bool();
  bool fits = (unsigned __int128)begin + size <= 0x0C000000;
  int result = out ? copyout_new(begin, &copied, size)
                   : copyin_new(&copied, begin, size);
  MUST(result == 0 || result == -1);
  MUST(copied == fits && opened == fits && !open);
  MUST(fits || result == -1);
  SOME_CASE(out && result == 0 && begin == USER_VA_STOP);
  SOME_CASE(!out && result == 0 && size == USER_VA_STOP);
  SOME_CASE(!fits && begin + size < begin);
}

bool user_load_word(uint64 va, user_word *word)
{
  MUST(open && va % sizeof(*word) == 0);
  MUST(va + sizeof(*word) > begin && va < begin + size);
  MUST(va + sizeof(*word) <= USER_VA_STOP);
  MUST(HAS_NO_NUL(va));
  *word = nondet_u64();
  ASSUME(is_at(*word, va));
  return nondet_bool();
}

/* To memory that begins with so many other bytes of a word. */
static void any_string(uint64 va, uint64 lead)
{
  uint64 max = nondet_u64(), done = nondet_u64();
  begin = va;
  size = va < USER_VA_STOP ? min_u64(max, USER_VA_STOP - va) : 0;
  char *object = __CPROVER_allocate(lead + size, false);
  string = object + lead;
  probe = any_below(USER_VA_STOP);
  byte = nondet_char();
  bool good = copyinstr_new(string, va, max, &done) == 0;
  MUST(!open && opened == (begin < USER_VA_STOP));
  MUST(!good || (opened == 1 && done <= size));
  MUST(!good || !aligned || probe >= done || string[probe] == byte);
  MUST(!good || probe >= done || probe == done - 1 || byte != 0);
  MUST(!good || probe != done - 1 || byte == 0 || done == size);
  SOME_CASE(good && done == USER_VA_STOP - 8);
  SOME_CASE(good && done < size);
  SOME_CASE(good && done == size && done > 0 && probe == done - 1 && byte != 0);
  SOME_CASE(!good && opened);
}

void prove_aligned_string(void)
{
  aligned = true;
  any_string(nondet_u64() * 8, 0);
}

void prove_other_string(void)
{
  uint64 va = nondet_u64(), lead = any_below(8);
  ASSUME((va | lead) % 8 != 0);
  any_string(va, lead);
}
