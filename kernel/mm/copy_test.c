/* Copies between the kernel and users on the host: direct ones, which go
 * through the private table of the address space that runs, and walking ones;
 * which way is taken, and what is refused. */
#include "mm/copy.h"
#include <string.h>
#include "arch/csr.h"
#include "arch/hart.h"
#include "mm/aspace.h"
#include "mm/copy_new.h"
#include "mm/kpagetable.h"
#include "mm/page.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"
#include "tests/host/mmu.h"
#include "tests/host/stubs.h"
#include "trap/trap.h"

#define WORD sizeof(uint64)
#define DATA_END (IMAGE_PAGES * PGSIZE)
#define MIDDLE (2UL * PGSIZE) /* between the two pages of data */

static struct aspace as;

/* An address space with these copies on it, running here. */
static void begin(void)
{
  CHECK_EQ(build_aspace(&as), 0);
  host_enter(&as);
}

static void end(void)
{
  CHECK_EQ(csr_read(sstatus) & SSTATUS_SUM, 0);
  host_leave();
  aspace_destroy(&as);
}

static uint64 direct_calls(void)
{
  return HARTS_SUM(copies[COUNT_COPYIN]) + HARTS_SUM(copies[COUNT_COPYOUT]) +
         HARTS_SUM(copies[COUNT_COPYINSTR]);
}

static uint64 walking_calls(void)
{
  return HARTS_SUM(copies[COUNT_COPYIN_WALK]) +
         HARTS_SUM(copies[COUNT_COPYOUT_WALK]) +
         HARTS_SUM(copies[COUNT_COPYINSTR_WALK]);
}

static void faults_are_resolved_on_the_way(void)
{
  struct aspace child;
  char text[] = "copied", in[sizeof(text)];

  begin();
  CHECK_EQ(aspace_grow_lazily(&as, HEAP_BASE + 2 * PGSIZE), 0);
  CHECK_EQ(copyout(HEAP_BASE + PGSIZE - 3, text, sizeof(text)), 0);
  CHECK_EQ(aspace_clone(&child, &as), 0);
  CHECK_EQ(copyout(HEAP_BASE, "new", sizeof("new")), 0);
  CHECK_EQ(aspace_test_accessed(&as, HEAP_BASE + PGSIZE), 1);
  CHECK_EQ(copyin(in, HEAP_BASE + PGSIZE - 3, sizeof(in)), 0);
  CHECK_EQ(strcmp(in, text), 0);
  CHECK_EQ(copyin_walk(&child, in, HEAP_BASE, 1), 0);
  CHECK_EQ(in[0], 0);
  aspace_destroy(&child);
  end();
}

static void check_way(uint64 va, bool is_direct)
{
  uint64 direct = direct_calls(), walked = walking_calls();
  char byte;

  CHECK_EQ(copyin(&byte, va, 1), 0);
  CHECK_EQ(copyout(va, &byte, 1), 0);
  CHECK_EQ(copyinstr(&byte, va, 1), 0);
  CHECK_EQ(direct_calls() - direct, is_direct ? 3 : 0);
  CHECK_EQ(walking_calls() - walked, is_direct ? 0 : 3);
}

static void facts_decide_on_the_way(void)
{
  begin();
  CHECK_EQ(aspace_grow_lazily(&as, USER_VA_STOP + PGSIZE), 0);
  check_way(PGSIZE, true);
  check_way(USER_VA_STOP - 1, true);
  check_way(USER_VA_STOP, false);
  CHECK_EQ(copy_get_mode(), COPY_DIRECT);
  copy_set_mode(COPY_WALK);
  check_way(PGSIZE, false);
  copy_set_mode(COPY_DIRECT);
  end();
}

static void a_string_may_go_on_beyond_the_stop(void)
{
  char text[] = "two ways", in[sizeof(text)];
  uint64 va = USER_VA_STOP - 3;

  begin();
  CHECK_EQ(aspace_grow_lazily(&as, USER_VA_STOP + PGSIZE), 0);
  CHECK_EQ(copyout(va, text, sizeof(text)), 0);
  CHECK_EQ(copyinstr(in, va, sizeof(in)), sizeof(text) - 1);
  CHECK_EQ(strcmp(in, text), 0);
  CHECK_EQ(copyinstr(in, va, sizeof(in) - 1), -1);
  CHECK_EQ(copyinstr(in, va, 3), -1);
  aspace_shrink(&as, USER_VA_STOP);
  CHECK_EQ(copyinstr(in, va, sizeof(in)), -1);
  end();
}

static void uios_are_of_a_user_or_the_kernel(void)
{
  char from[] = "0123", to[sizeof(from)] = "", back[sizeof(from)] = "";

  begin();
  CHECK_EQ(copy_to_uio(uio_user(PGSIZE), 2, from, sizeof(from)), 0);
  CHECK_EQ(copy_from_uio(back, uio_user(PGSIZE + 1), 1, sizeof(back)), 0);
  CHECK_EQ(strcmp(back, from), 0);
  CHECK_EQ(copy_to_uio(uio_user(DATA_END), 0, from, 1), -1);
  CHECK_EQ(copy_to_uio(uio_kernel(to), 1, from, 2), 0);
  CHECK_EQ(copy_from_uio(back, uio_kernel(to), 1, 2), 0);
  CHECK(to[0] == 0 && memcmp(to + 1, from, 2) == 0);
  CHECK(memcmp(back, from, 2) == 0);
  end();
}

/* A fence.i follows before it runs as code. */
static void what_is_copied_to_code_is_fenced(void)
{
  CHECK_EQ(aspace_create_process(&as), 0);
  CHECK_EQ(map_fresh(&as, 0, PTE_R | PTE_W | PTE_X), 0);
  host_enter(&as);
  address_space_entering_user();
  CHECK_EQ(as.icache_clean, 1);
  CHECK_EQ(copyout(0, "", 1), 0);
  CHECK_EQ(as.icache_clean, 0);
  address_space_entering_user();
  host_enter(&as); /* another hart may have run it meanwhile */
  CHECK_EQ(as.icache_clean, 0);
  end();
}

/* In debug builds it is said, since the user is not to blame. */
static void a_failure_without_a_reason_is_told(void)
{
  char bytes[2];

  begin();
  mmu_set_broken(true);
  CHECK_EQ(copyin(bytes, MIDDLE - 1, 2), -1);
  CHECK(strstr(printed(), "mirror out of date at va 0x1fff\n") != NULL);
  printed_clear();
  CHECK_EQ(copyinstr(bytes, PGSIZE, 1), -1);
  CHECK(strstr(printed(), "mirror out of date at va 0x1000\n") != NULL);
  printed_clear();
  CHECK_EQ(copyin(bytes, DATA_END - 1, 2), -1);
  CHECK_EQ(copyout(0, bytes, 1), -1);
  CHECK_EQ(strcmp(printed(), ""), 0);
  mmu_set_broken(false);
  end();
}

/* Whether there are direct copies to be tested: they are an exercise. */
static bool has_direct_copies(void)
{
  char byte;

  begin();
  bool has = has_private_table(&as) && copyin_new(&byte, PGSIZE, 1) == 0;
  end();
  return has;
}

static void test_direct_copies(void)
{
  RUN(faults_are_resolved_on_the_way);
  RUN(facts_decide_on_the_way);
  RUN(a_string_may_go_on_beyond_the_stop);
  RUN(a_failure_without_a_reason_is_told);
}

int main(void)
{
  host_kernel(1000);
  bool direct = has_direct_copies();
  copy_set_mode(direct ? COPY_DIRECT : COPY_WALK);
  RUN(uios_are_of_a_user_or_the_kernel);
  RUN(what_is_copied_to_code_is_fenced);
  if (direct)
    test_direct_copies();
  return check_result();
}
