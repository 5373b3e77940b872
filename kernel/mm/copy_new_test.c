/* The direct copies on the host: any alignment, any length, and what is
 * refused. Their callers are tested in copy_test.c. */
#include "mm/copy_new.h"
#include <string.h>
#include "arch/csr.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"

#define WORD sizeof(uint64)
#define DATA_END (IMAGE_PAGES * PGSIZE)
#define MIDDLE (2UL * PGSIZE) /* between the two pages of data */
#define LONGEST 100           /* more than a block of words, and its ends */

static struct aspace as;

/* Each copy ends user access. */
static void check_access_ended(void)
{
  CHECK_EQ(csr_read(sstatus) & SSTATUS_SUM, 0);
}

static void fill(char *bytes, uint64 nbytes)
{
  for (uint64 i = 0; i < nbytes; i++)
    bytes[i] = 'a' + i % 26;
}

/* Out and in again, over the end of a page; what is around stays. */
static void check_bytes(uint64 va, uint64 at, uint64 nbytes)
{
  char out[LONGEST + 2 * WORD] __attribute__((aligned(8)));
  char in[LONGEST + 4 * WORD] __attribute__((aligned(8))) = {0};
  const char none[LONGEST + 4 * WORD] = {0};

  fill(out, sizeof(out));
  CHECK_EQ(copyout_walk(&as, va - WORD, none, nbytes + 2 * WORD), 0);
  CHECK_EQ(copyout_new(va, out + at, nbytes), 0);
  CHECK_EQ(copyin_walk(&as, in, va - WORD, nbytes + 2 * WORD), 0);
  CHECK(memcmp(in, none, WORD) == 0);
  CHECK(memcmp(in + WORD, out + at, nbytes) == 0);
  CHECK(memcmp(in + WORD + nbytes, none, WORD) == 0);

  memset(in, 0, sizeof(in));
  CHECK_EQ(copyin_new(in + WORD + at, va, nbytes), 0);
  CHECK(memcmp(in, none, WORD + at) == 0);
  CHECK(memcmp(in + WORD + at, out + at, nbytes) == 0);
  CHECK(memcmp(in + WORD + at + nbytes, none, WORD) == 0);
}

static void bytes_of_any_alignment_and_length(void)
{
  for (uint64 shift = 0; shift < WORD; shift++)
    for (uint64 at = 0; at < WORD; at++)
      for (uint64 nbytes = 0; nbytes <= LONGEST; nbytes++)
        check_bytes(MIDDLE - 3 * WORD + shift, at, nbytes);
  CHECK_EQ(copyin_new(NULL, USER_VA_STOP, 0), 0);
  check_access_ended();
}

/* A string of this length, with room for just so many bytes. */
static void check_string(uint64 va, uint64 at, uint64 length, uint64 max)
{
  uint64 nbytes;
  char out[LONGEST + 1], in[LONGEST + 3 * WORD] __attribute__((aligned(8)));

  fill(out, length);
  out[length] = '\0';
  memset(in, '#', sizeof(in));
  CHECK_EQ(copyout_walk(&as, va, out, length + 1), 0);
  CHECK_EQ(copyinstr_new(in + at, va, max, &nbytes), 0);
  CHECK_EQ(nbytes, min_u64(length + 1, max));
  CHECK(memcmp(in + at, out, nbytes) == 0);
  CHECK(in[at + max] == '#');
}

static void strings_of_any_alignment_and_length(void)
{
  for (uint64 shift = 0; shift < WORD; shift++)
    for (uint64 at = 0; at < WORD; at++)
      for (uint64 length = 0; length < 5 * WORD; length++)
        for (uint64 more = 0; more < 3; more++) /* too short; just; more */
          check_string(MIDDLE - 2 * WORD + shift, at, length, length + more);
  check_access_ended();
}

/* The last byte before a hole ends the string: nothing behind it is read. */
static void strings_may_end_at_a_hole(void)
{
  for (uint64 at = 0; at < WORD; at++)
    for (uint64 length = 0; length < 5 * WORD; length++)
      check_string(DATA_END - length - 1, at, length, LONGEST);
  check_access_ended();
}

static void copies_stop_at_holes(void)
{
  char bytes[LONGEST] __attribute__((aligned(8)));
  uint64 length;

  fill(bytes, sizeof(bytes));
  for (uint64 before = 0; before < 2 * WORD; before++) {
    uint64 va = DATA_END - before;
    CHECK_EQ(copyout_new(va, bytes, before), 0);
    CHECK_EQ(copyout_new(va, bytes, before + 1), -1);
    CHECK_EQ(copyin_new(bytes, va, before), 0);
    CHECK_EQ(copyin_new(bytes, va, before + 1), -1);
    CHECK_EQ(copyin_new(bytes + 1, va, before + 1), -1);
    CHECK_EQ(copyinstr_new(bytes, va, 2 * WORD, &length), -1);
    CHECK_EQ(copyinstr_new(bytes + 1, va, 2 * WORD, &length), -1);
  }
  CHECK_EQ(copyinstr_new(bytes, DATA_END, sizeof(bytes), &length), -1);
  for (uint64 shift = 0; shift < WORD; shift++) {
    CHECK_EQ(copyinstr_new(bytes, DATA_END + shift, 0, &length), 0);
    CHECK_EQ(length, 0);
  }
  CHECK_EQ(copyout_new(0, bytes, 1), -1); /* text */
  CHECK_EQ(copyin_new(bytes, 0, 1), 0);
  check_access_ended();
}

/* By these themselves, whoever calls them. */
static void what_is_not_below_the_stop_is_refused(void)
{
  char byte = 'x';
  uint64 length;

  CHECK_EQ(copyin_new(&byte, USER_VA_STOP, 1), -1);
  CHECK_EQ(copyout_new(USER_VA_STOP - 1, &byte, 2), -1);
  CHECK_EQ(copyout_new(PGSIZE, &byte, -PGSIZE), -1);
  CHECK_EQ(copyin_new(&byte, ~0UL, 2), -1);
  CHECK_EQ(copyinstr_new(&byte, USER_VA_STOP, 1, &length), -1);
  CHECK_EQ(byte, 'x');
  check_access_ended();
}

/* Whether there are direct copies to be tested: they are an exercise. */
static bool has_direct_copies(void)
{
  char byte;
  return has_private_table(&as) && copyin_new(&byte, PGSIZE, 1) == 0;
}

static void test_direct_copies(void)
{
  RUN(bytes_of_any_alignment_and_length);
  RUN(strings_of_any_alignment_and_length);
  RUN(strings_may_end_at_a_hole);
  RUN(copies_stop_at_holes);
}

int main(void)
{
  host_kernel(100 + KERNEL_PAGES);
  assert(build_aspace(&as) == 0);
  host_enter(&as);
  RUN(what_is_not_below_the_stop_is_refused);
  if (has_direct_copies())
    test_direct_copies();
  return check_result();
}
