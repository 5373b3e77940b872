/* Damaged device trees: whatever they hold, nothing outside them is read, and
 * what is read out of them is in bounds. */
#include "lib/fdt.h"
#include <stdlib.h>
#include <string.h>
#include "tests/host/check.h"
#include "tests/host/fdt_tree.h"

/* Whatever was read, it is in bounds. */
static void check_bounds(const struct machine *machine)
{
  CHECK(machine->nharts > 0 && machine->nharts <= NCPU);
  CHECK(machine->nreserved >= 0 && machine->nreserved <= RESERVED_MAX);
  CHECK(machine->ram_size <= ~0UL - machine->ram_start);
  CHECK(memchr(machine->bootargs, 0, BOOTARGS_MAX) != NULL);
}

/* The first size bytes of the good tree, in a block of just that size. */
static uchar *first_bytes(uint size)
{
  uint whole;
  uchar *tree = good_tree(&whole);
  uchar *copy = malloc(size);

  memcpy(copy, tree, size);
  free(tree);
  return copy;
}

static void test_truncated(void)
{
  struct machine machine;
  uint whole;

  free(good_tree(&whole));
  for (uint size = 0; size < whole; size++)
    CHECK(read_and_free(first_bytes(size), size, &machine) != NULL);
}

/* The same with a header that says it is all there. */
static void test_truncated_and_consistent(void)
{
  struct machine machine;
  uint whole;

  free(good_tree(&whole));
  for (uint size = HEADER_SIZE; size < whole; size++) {
    uchar *tree = first_bytes(size);
    store_u32(tree + 4, size);
    CHECK(read_and_free(tree, size, &machine) != NULL);
  }
}

static void test_damaged_bytes(void)
{
  static const uchar masks[] = {0x01, 0x02, 0x04, 0x08, 0x10,
                                0x20, 0x40, 0x80, 0xFF};
  struct machine machine;
  uint whole;

  free(good_tree(&whole));
  for (uint at = 0; at < whole; at++) {
    for (uint i = 0; i < ARRAY_LEN(masks); i++) {
      uchar *tree = first_bytes(whole);
      tree[at] ^= masks[i];
      if (read_and_free(tree, whole, &machine) == NULL)
        check_bounds(&machine);
    }
  }
}

/* Words that offsets and lengths are most likely to fail on. */
static void test_damaged_words(void)
{
  static const uint32 words[] = {
      0, 1, 9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFF};
  struct machine machine;
  uint whole;

  free(good_tree(&whole));
  for (uint at = 0; at + 4 <= whole; at += 4) {
    for (uint i = 0; i < ARRAY_LEN(words); i++) {
      uchar *tree = first_bytes(whole);
      store_u32(tree + at, words[i]);
      if (read_and_free(tree, whole, &machine) == NULL)
        check_bounds(&machine);
    }
  }
}

#define FUZZ_SEED 20260101
#define FUZZ_TREES 100000
#define TREE_MAX 2048 /* bytes; the good tree has fewer */

/* The next number of a series that is the same at every run: xorshift. */
static uint next_random(uint *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Change the tree in one of several ways; gives its new size. */
static uint mutate(uchar *tree, uint size, uint *state)
{
  uint at = next_random(state) % size, kind = next_random(state) % 5;
  uint from = next_random(state) % size, limit = at > from ? at : from;
  uint length = next_random(state) % (size - limit);

  switch (kind) {
  case 0:
    tree[at] ^= (uchar)(1 << next_random(state) % 8);
    return size;
  case 1:
    tree[at] = (uchar)next_random(state);
    return size;
  case 2: /* a small number, where a token, size or offset may be */
    if (size >= 4)
      store_u32(tree + at % (size / 4) * 4, next_random(state) % 16);
    return size;
  case 3: /* a part stands twice */
    memmove(tree + at, tree + from, length);
    return size;
  default:
    return size > HEADER_SIZE ? size - length / 8 : size;
  }
}

/* Trees with a few changes each, some of which do no harm. */
static void test_mutated(void)
{
  struct machine machine;
  uint whole, state = FUZZ_SEED, accepted = 0;
  uchar *good = good_tree(&whole);

  CHECK(whole <= TREE_MAX);
  for (int i = 0; i < FUZZ_TREES; i++) {
    uchar work[TREE_MAX];
    uint size = whole;

    memcpy(work, good, whole);
    for (uint changes = 1 + next_random(&state) % 4; changes > 0; changes--)
      size = mutate(work, size, &state);
    uchar *tree = malloc(size);
    memcpy(tree, work, size);
    if (read_and_free(tree, size, &machine) == NULL) {
      check_bounds(&machine);
      accepted++;
    }
  }
  free(good);
  CHECK(accepted > 0 && accepted < FUZZ_TREES);
}

int main(void)
{
  RUN(test_truncated);
  RUN(test_truncated_and_consistent);
  RUN(test_damaged_bytes);
  RUN(test_damaged_words);
  RUN(test_mutated);
  return check_result();
}
