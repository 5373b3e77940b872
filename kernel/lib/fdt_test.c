/* Device trees built by hand, good ones and damaged ones. Every tree lies in
 * a heap block of just its size, so that the sanitizer sees a byte too far. */
#include "lib/fdt.h"
#include <stdlib.h>
#include <string.h>
#include "tests/host/check.h"

#define HEADER_SIZE 40
#define RAM_START 0x80000000UL
#define RAM_SIZE 0x8000000UL

/* A tree that is being built: its blocks grow side by side. */
struct builder {
  uchar structure[4096], strings[512], reservations[512];
  uint structure_size, strings_size, reservations_size;
};

static void store_u32(uchar *at, uint32 value)
{
  for (int i = 0; i < 4; i++)
    at[i] = (uchar)(value >> (24 - 8 * i));
}

static void put_u32(struct builder *b, uint32 value)
{
  store_u32(b->structure + b->structure_size, value);
  b->structure_size += 4;
}

static void put_bytes(struct builder *b, const void *bytes, uint size)
{
  memcpy(b->structure + b->structure_size, bytes, size);
  b->structure_size += (size + 3) / 4 * 4;
}

static void node_begin(struct builder *b, const char *name)
{
  put_u32(b, 1);
  put_bytes(b, name, (uint)strlen(name) + 1);
}

static void node_end(struct builder *b)
{
  put_u32(b, 2);
}

static void property(struct builder *b, const char *name, const void *value,
                     uint size)
{
  put_u32(b, 3);
  put_u32(b, size);
  put_u32(b, b->strings_size);
  memcpy(b->strings + b->strings_size, name, strlen(name) + 1);
  b->strings_size += (uint)strlen(name) + 1;
  put_bytes(b, value, size);
}

static void property_text(struct builder *b, const char *name, const char *text)
{
  property(b, name, text, (uint)strlen(text) + 1);
}

/* A property of n cells. */
static void property_cells(struct builder *b, const char *name, uint n,
                           const uint32 *cells)
{
  uchar value[64];

  for (uint i = 0; i < n; i++)
    store_u32(value + 4 * i, cells[i]);
  property(b, name, value, 4 * n);
}

static void property_u32(struct builder *b, const char *name, uint32 value)
{
  property_cells(b, name, 1, &value);
}

static void property_range(struct builder *b, const char *name, uint64 start,
                           uint64 size)
{
  const uint32 cells[] = {(uint32)(start >> 32), (uint32)start,
                          (uint32)(size >> 32), (uint32)size};
  property_cells(b, name, 4, cells);
}

static void reservation(struct builder *b, uint64 start, uint64 size)
{
  uchar *at = b->reservations + b->reservations_size;

  store_u32(at, (uint32)(start >> 32));
  store_u32(at + 4, (uint32)start);
  store_u32(at + 8, (uint32)(size >> 32));
  store_u32(at + 12, (uint32)size);
  b->reservations_size += 16;
}

/* The tree as one heap block, whose size goes to *size. */
static uchar *finish(struct builder *b, uint *size)
{
  reservation(b, 0, 0);
  put_u32(b, 9);

  uint reservations_at = HEADER_SIZE;
  uint structure_at = reservations_at + b->reservations_size;
  uint strings_at = structure_at + b->structure_size;
  *size = strings_at + b->strings_size;

  const uint32 header[] = {
      0xD00DFEED, *size, structure_at,    strings_at,       reservations_at, 17,
      16,         0,     b->strings_size, b->structure_size};
  uchar *tree = malloc(*size);
  for (int i = 0; i < HEADER_SIZE / 4; i++)
    store_u32(tree + 4 * i, header[i]);
  memcpy(tree + reservations_at, b->reservations, b->reservations_size);
  memcpy(tree + structure_at, b->structure, b->structure_size);
  memcpy(tree + strings_at, b->strings, b->strings_size);
  return tree;
}

static void add_memory(struct builder *b)
{
  node_begin(b, "memory@80000000");
  property_range(b, "reg", RAM_START, RAM_SIZE);
  property_text(b, "device_type", "memory");
  node_end(b);
}

static void add_cpu(struct builder *b, uint32 hartid, const char *status)
{
  node_begin(b, "cpu@0");
  property_u32(b, "reg", hartid);
  property_text(b, "device_type", "cpu");
  property_text(b, "status", status);
  node_begin(b, "interrupt-controller");
  property_u32(b, "reg", 77);
  node_end(b);
  node_end(b);
}

static void cpus_begin(struct builder *b)
{
  node_begin(b, "cpus");
  property_u32(b, "#address-cells", 1);
  property_u32(b, "#size-cells", 0);
  property_u32(b, "timebase-frequency", 10000000);
}

static void root_begin(struct builder *b)
{
  *b = (struct builder){0};
  node_begin(b, "");
  property_u32(b, "#address-cells", 2);
  property_u32(b, "#size-cells", 2);
}

/* All that we read, and a few things that we pass over. */
static uchar *good_tree(uint *size)
{
  struct builder b;

  root_begin(&b);
  reservation(&b, RAM_START, 0x40000);
  node_begin(&b, "chosen");
  property_text(&b, "bootargs", "quiet panic=exit");
  node_end(&b);
  add_memory(&b);
  put_u32(&b, 4); /* NOP */
  cpus_begin(&b);
  add_cpu(&b, 0, "okay");
  add_cpu(&b, 1, "disabled");
  add_cpu(&b, 2, "okay");
  node_begin(&b, "cpu-map");
  node_end(&b);
  node_end(&b);
  node_begin(&b, "reserved-memory");
  property_u32(&b, "#address-cells", 2);
  property_u32(&b, "#size-cells", 2);
  node_begin(&b, "firmware@87000000");
  property_range(&b, "reg", 0x87000000, 0x1000);
  node_end(&b);
  node_end(&b);
  node_end(&b);
  return finish(&b, size);
}

/* Read a tree that ends after its first size bytes, and free it. */
static const char *read_and_free(uchar *tree, uint size,
                                 struct machine *machine)
{
  const char *problem = fdt_read(tree, size, machine);

  free(tree);
  return problem;
}

static void test_good_tree(void)
{
  struct machine machine;
  uint size;
  uchar *tree = good_tree(&size);

  CHECK(read_and_free(tree, size, &machine) == NULL);
  CHECK_EQ(machine.ram_start, RAM_START);
  CHECK_EQ(machine.ram_size, RAM_SIZE);
  CHECK_EQ(machine.timebase, 10000000);
  CHECK_EQ(machine.nharts, 2);
  CHECK_EQ(machine.hartid[0], 0);
  CHECK_EQ(machine.hartid[1], 2);
  CHECK_EQ(machine.nreserved, 2);
  CHECK_EQ(machine.reserved[0].start, RAM_START);
  CHECK_EQ(machine.reserved[0].size, 0x40000);
  CHECK_EQ(machine.reserved[1].start, 0x87000000);
  CHECK_EQ(machine.reserved[1].size, 0x1000);
  CHECK(strcmp(machine.bootargs, "quiet panic=exit") == 0);
}

static void test_bootargs(void)
{
  struct machine machine = {.bootargs = "quiet panic=exit  last"};

  CHECK(bootargs_has(&machine, "quiet"));
  CHECK(bootargs_has(&machine, "panic=exit"));
  CHECK(bootargs_has(&machine, "last"));
  CHECK(!bootargs_has(&machine, "panic"));
  CHECK(!bootargs_has(&machine, "exit"));
  machine.bootargs[0] = 0;
  CHECK(!bootargs_has(&machine, "quiet"));
}

static void test_more_harts_than_fit(void)
{
  struct machine machine;
  struct builder b;
  uint size;

  root_begin(&b);
  add_memory(&b);
  cpus_begin(&b);
  for (uint i = 0; i < 2 * NCPU; i++)
    add_cpu(&b, i, "okay");
  node_end(&b);
  node_end(&b);
  uchar *tree = finish(&b, &size);
  CHECK(read_and_free(tree, size, &machine) == NULL);
  CHECK_EQ(machine.nharts, NCPU);
  CHECK_EQ(machine.hartid[NCPU - 1], NCPU - 1);
}

/* What a tree without one of its parts is refused with. */
static const char *problem_without(bool memory, bool cpu)
{
  struct machine machine;
  struct builder b;
  uint size;

  root_begin(&b);
  if (memory)
    add_memory(&b);
  cpus_begin(&b);
  if (cpu)
    add_cpu(&b, 0, "okay");
  node_end(&b);
  node_end(&b);
  uchar *tree = finish(&b, &size);
  return read_and_free(tree, size, &machine);
}

static void test_parts_missing(void)
{
  CHECK(problem_without(true, true) == NULL);
  CHECK(problem_without(false, true) != NULL);
  CHECK(problem_without(true, false) != NULL);
}

static void test_ranges_that_wrap(void)
{
  struct machine machine;
  struct builder b;
  uint size;

  root_begin(&b);
  node_begin(&b, "memory@80000000");
  property_range(&b, "reg", RAM_START, ~0UL);
  property_text(&b, "device_type", "memory");
  node_end(&b);
  node_end(&b);
  uchar *tree = finish(&b, &size);
  CHECK(read_and_free(tree, size, &machine) != NULL);

  root_begin(&b);
  reservation(&b, ~0UL - 10, 100);
  node_end(&b);
  tree = finish(&b, &size);
  CHECK(read_and_free(tree, size, &machine) != NULL);
}

static void test_too_many_reservations(void)
{
  struct machine machine;
  struct builder b;
  uint size;

  root_begin(&b);
  for (uint i = 0; i <= ARRAY_LEN(machine.reserved); i++)
    reservation(&b, RAM_START + i * 0x1000, 0x1000);
  node_end(&b);
  uchar *tree = finish(&b, &size);
  CHECK(read_and_free(tree, size, &machine) != NULL);
}

/* Whatever was read, it is in bounds. */
static void check_bounds(const struct machine *machine)
{
  CHECK(machine->nharts > 0 && machine->nharts <= NCPU);
  CHECK(machine->nreserved >= 0 &&
        machine->nreserved <= (int)ARRAY_LEN(machine->reserved));
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

int main(void)
{
  RUN(test_good_tree);
  RUN(test_bootargs);
  RUN(test_more_harts_than_fit);
  RUN(test_parts_missing);
  RUN(test_ranges_that_wrap);
  RUN(test_too_many_reservations);
  RUN(test_truncated);
  RUN(test_truncated_and_consistent);
  RUN(test_damaged_bytes);
  RUN(test_damaged_words);
  return check_result();
}
