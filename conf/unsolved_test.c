/* What a kernel does without an exercise, or with one that is wrong. Each case
 * is a process by itself, since what is once found wrong stays so. */
#include <string.h>
#include "arch/hart.h"
#include "lib/debug.h"
#include "mm/copy.h"
#include "mm/copy_new.h"
#include "mm/kpagetable.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"
#include "tests/host/mmu.h"
#include "tests/host/stubs.h"
#include "trap/trap.h"

#define DATA_END (IMAGE_PAGES * PGSIZE)

static struct aspace as;

static void begin(void)
{
  printed_clear();
  CHECK_EQ(build_aspace(&as), 0);
  host_enter(&as);
}

static void end(void)
{
  host_leave();
  aspace_destroy(&as);
}

static bool said(const char *words)
{
  return strstr(printed(), words) != NULL;
}

/* Whether a copy goes direct. */
static bool goes_direct(void)
{
  uint64 direct = HARTS_SUM(copies[COUNT_COPYIN]);
  uint64 walked = HARTS_SUM(copies[COUNT_COPYIN_WALK]);
  char byte;

  CHECK_EQ(copyin(&byte, PGSIZE, 1), 0);
  CHECK_EQ(HARTS_SUM(copies[COUNT_COPYIN]) +
               HARTS_SUM(copies[COUNT_COPYIN_WALK]),
           direct + walked + 1);
  return HARTS_SUM(copies[COUNT_COPYIN]) > direct;
}

static void a_boot_without_memory_says_so(void)
{
  page_fail_nth(1);
  CHECK(host_panics(aspace_init));
  CHECK(said("no memory to try a private kernel table"));
}

static void processes_do_without_private_tables(void)
{
  struct aspace child;
  char byte;

  printed_clear();
  page_fail_nth(3);
  aspace_init();
  page_fail_nth(0);
  CHECK(said("processes run on the global one\n"));
  begin();
  CHECK(as.kpagetable == kernel_pagetable);
  address_space_entering_user();
  CHECK_EQ(copyout(PGSIZE, "x", 1), 0);
  CHECK_EQ(aspace_clone(&child, &as), 0);
  CHECK_EQ(aspace_check(&child), 0);
  CHECK_EQ(copyin_walk(&child, &byte, PGSIZE, 1), 0);
  CHECK_EQ(byte, 'x');
  CHECK(!goes_direct());
  CHECK(aspace_two_tables());
  CHECK_EQ(strcmp(printed(), ""), 0);
  aspace_destroy(&child);
  end();
}

static void stale_mirror_is_reported_and_mended_by_the_fault(void)
{
  begin();
  pte_t *slot = kpagetable_low(as.kpagetable), saved = *slot;
  *slot = 0;
  CHECK_EQ(page_fault(PGSIZE, ACCESS_READ), 0);
  CHECK_EQ(*slot, saved);
  CHECK(said("mirror out of date at va 0x1000: slot 0 "));
  CHECK(said("a mirror is wrong: every copy walks\n"));
  copy_set_mode(COPY_DIRECT);
  CHECK(copy_get_mode() == COPY_WALK && !goes_direct());
  aspace_set_two_tables(false);
  CHECK(aspace_two_tables());

  *slot = 0;
  printed_clear();
  CHECK_EQ(page_fault(PGSIZE, ACCESS_READ), 0);
  CHECK_EQ(*slot, saved);
  CHECK_EQ(strcmp(printed(), ""), 0);
  end();
}

static void a_string_is_read_again_after_a_wrong_mirror(void)
{
  char bytes[sizeof("text")];

  begin();
  CHECK_EQ(copyout(PGSIZE, "text", sizeof("text")), 0);
  pte_t *slot = kpagetable_low(as.kpagetable), saved = *slot;
  *slot = 0;
  CHECK_EQ(copyinstr(bytes, PGSIZE, sizeof(bytes)), 4);
  CHECK_EQ(strcmp(bytes, "text"), 0);
  CHECK(said("a mirror is wrong: every copy walks\n"));
  *slot = saved;
  CHECK(!goes_direct());
  end();
}

static void copies_that_work_are_trusted(void)
{
  begin();
  as.frame->sp = HEAP_BASE - sizeof(uint64);
  address_space_entering_user();
  CHECK_EQ(strcmp(printed(), ""), 0);
  CHECK(goes_direct());
  CHECK(!aspace_two_tables());
  end();
}

static void copies_that_fail_are_not_trusted(void)
{
  begin();
  as.frame->sp = HEAP_BASE - sizeof(uint64);
  mmu_set_broken(true);
  address_space_entering_user();
  mmu_set_broken(false);
  CHECK(said("a word is not copied: every copy walks\n"));
  CHECK(!goes_direct());
  end();
}

#define ALONE(test)                                                            \
  static int test##_result(void)                                               \
  {                                                                            \
    test();                                                                    \
    return check_failures_here != 0;                                           \
  }                                                                            \
  static void test##_alone(void)                                               \
  {                                                                            \
    CHECK_EQ(host_alone(test##_result), 0);                                    \
  }

ALONE(a_boot_without_memory_says_so)
ALONE(processes_do_without_private_tables)
ALONE(stale_mirror_is_reported_and_mended_by_the_fault)
ALONE(a_string_is_read_again_after_a_wrong_mirror)
ALONE(copies_that_work_are_trusted)
ALONE(copies_that_fail_are_not_trusted)

static bool has_direct_copies(void)
{
  char byte;

  begin();
  bool has = copyin_new(&byte, PGSIZE, 1) == 0;
  end();
  return has;
}

int main(void)
{
  host_kernel(1000);
  RUN(a_boot_without_memory_says_so_alone);
  RUN(processes_do_without_private_tables_alone);
  if (!has_mirror())
    return check_result();
  RUN(stale_mirror_is_reported_and_mended_by_the_fault_alone);
  if (has_direct_copies()) {
    RUN(a_string_is_read_again_after_a_wrong_mirror_alone);
    RUN(copies_that_work_are_trusted_alone);
    RUN(copies_that_fail_are_not_trusted_alone);
  }
  return check_result();
}
