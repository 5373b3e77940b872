/* The printer's manners; `make grade` looks at what it prints. */
#include "mm/vmprint.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "tests/host/stubs.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "sync/wait.h"

#define TABLE_PAGES 3 /* a root and one table at each level below */
#define LEAVES 8

static bool is_killed, has_printer;

bool killed(void)
{
  return is_killed;
}

/* Lines that a printer prints of a table. */
static int lines_of(int (*printer)(pagetable_t table), pagetable_t table)
{
  int nlines = 0;

  printed_clear();
  has_printer = printer(table) == 0;
  for (const char *at = printed(); *at != '\0'; at++)
    nlines += *at == '\n';
  return nlines;
}

static void a_listing_ends_when_its_reader_is_killed(void)
{
  pagetable_t root = kalloc_zeroed();
  int entries = TABLE_PAGES - 1 + LEAVES;

  CHECK_EQ(mappages(root, 0, LEAVES * PGSIZE, 0x80000000, PTE_R), 0);
  CHECK_EQ(lines_of(vmprint, root), 1 + entries);
  CHECK_EQ(lines_of(vmprint_addresses, root), 1 + entries);
  is_killed = true;
  CHECK(lines_of(vmprint, root) <= 1);
  CHECK(lines_of(vmprint_addresses, root) <= 1);
  is_killed = false;
}

static void an_empty_table_has_no_entries(void)
{
  pagetable_t root = kalloc_zeroed();

  CHECK(lines_of(vmprint_addresses, root) <= 1);
  CHECK(lines_of(vmprint, root) <= 1);
}

int main(void)
{
  host_memory(64);
  RUN(an_empty_table_has_no_entries);
  if (has_printer) /* it is one of the exercises */
    RUN(a_listing_ends_when_its_reader_is_killed);
  return check_result();
}
