/* What the kernel reads out of device trees, and which it refuses. */
#include "lib/fdt.h"
#include <stdlib.h>
#include <string.h>
#include "tests/host/check.h"
#include "tests/host/fdt_tree.h"

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
  CHECK_EQ(machine.nplics, 1);
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

/* What a tree with so many reservations is refused with. */
static const char *problem_with(uint nreserved, struct machine *machine)
{
  struct builder b;
  uint size;

  root_begin(&b);
  for (uint i = 0; i < nreserved; i++)
    reservation(&b, RAM_START + i * 0x2000, 0x1000);
  add_memory(&b);
  cpus_begin(&b);
  add_cpu(&b, 0, "okay");
  node_end(&b);
  node_end(&b);
  uchar *tree = finish(&b, &size);
  return read_and_free(tree, size, machine);
}

static void test_many_reservations(void)
{
  struct machine machine;

  CHECK(problem_with(RESERVED_MAX, &machine) == NULL);
  CHECK_EQ(machine.nreserved, RESERVED_MAX);
  const char *problem = problem_with(RESERVED_MAX + 1, &machine);
  CHECK(problem != NULL && strcmp(problem, "too many reserved ranges") == 0);
}

int main(void)
{
  RUN(test_good_tree);
  RUN(test_bootargs);
  RUN(test_more_harts_than_fit);
  RUN(test_parts_missing);
  RUN(test_ranges_that_wrap);
  RUN(test_many_reservations);
  return check_result();
}
