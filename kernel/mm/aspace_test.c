/* Address spaces on the host: growth, copy-on-write, reservations and the
 * mirror. */
#include "mm/aspace.h"
#include <string.h>
#include "arch/hart.h"
#include "mm/copy.h"
#include "mm/kpagetable.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

/* The page that is mapped at va. */
static char *page_at(struct aspace *as, uint64 va)
{
  int level;
  return pte_target(*pt_find(as->pagetable, va, &level));
}

static void check_sound(struct aspace *as)
{
  CHECK_EQ(aspace_check(as), 0);
}

static void nothing_leaks_of_a_life(void)
{
  uint64 before = pages_free();
  struct aspace as;

  CHECK_EQ(build_aspace(&as), 0);
  check_sound(&as);
  aspace_destroy(&as);
  CHECK(as.pagetable == NULL);
  aspace_destroy(&as);
  CHECK_EQ(pages_free(), before);
}

static void private_table_costs_two_pages(void)
{
  struct aspace as;
  pagetable_t root;

  CHECK_EQ(build_aspace(&as), 0);
  uint64 before = pages_free();
  CHECK_EQ(kpagetable_create(as.pagetable, &root), 0);
  CHECK_EQ(before - pages_free(), 2);
  kpagetable_free(root);
  CHECK_EQ(pages_free(), before);
  aspace_destroy(&as);
}

static void faults_find_what_belongs(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  CHECK_EQ(aspace_grow_lazily(&as, HEAP_BASE + 3 * PGSIZE + 1), 0);

  CHECK_EQ(aspace_fault(&as, 0, ACCESS_EXECUTE), 0);
  CHECK_EQ(aspace_fault(&as, 0, ACCESS_WRITE), -1);
  CHECK_EQ(aspace_fault(&as, PGSIZE, ACCESS_WRITE), 0);
  CHECK_EQ(aspace_fault(&as, PGSIZE, ACCESS_EXECUTE), -1);
  CHECK_EQ(aspace_fault(&as, IMAGE_PAGES * PGSIZE, ACCESS_READ), -1);
  CHECK_EQ(aspace_fault(&as, HEAP_BASE, ACCESS_EXECUTE), -1);
  CHECK_EQ(aspace_fault(&as, HEAP_BASE, ACCESS_READ), 0);
  CHECK_EQ(aspace_fault(&as, HEAP_BASE + 3 * PGSIZE, ACCESS_WRITE), 0);
  CHECK_EQ(aspace_fault(&as, HEAP_BASE + 4 * PGSIZE, ACCESS_READ), -1);
  CHECK_EQ(aspace_fault(&as, USYSCALL, ACCESS_READ), -1);
  CHECK_EQ(aspace_fault(&as, TRAPFRAME, ACCESS_READ), -1);
  CHECK_EQ(aspace_fault(&as, MAXVA, ACCESS_READ), -1);
  CHECK_EQ(aspace_fault(&as, ~0UL, ACCESS_WRITE), -1);
  check_sound(&as);
  aspace_destroy(&as);
}

/* Of whoever runs here. The shared page is above the break, and a hart may
 * have kept what stood there before. */
static void faults_come_to_the_space_that_runs(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  host_leave(); /* from nothing */
  CHECK_EQ(page_fault(PGSIZE, ACCESS_READ), -1);
  host_enter(&as);
  CHECK_EQ(page_fault(PGSIZE, ACCESS_READ), 0);
  CHECK_EQ(page_fault(USYSCALL, ACCESS_READ), 0);
  CHECK_EQ(page_fault(USYSCALL, ACCESS_WRITE), -1);
  CHECK_EQ(page_fault(TRAPFRAME, ACCESS_READ), -1);
  host_enter(NULL); /* a kernel thread stays where it is */
  CHECK(myaspace() == &as);
  host_leave();
  CHECK(myaspace() == NULL);
  aspace_destroy(&as);
}

/* Code that its own process has copied is fenced before it runs. */
static void copied_code_is_fenced(void)
{
  struct aspace parent, child;
  CHECK_EQ(aspace_create_process(&parent), 0);
  CHECK_EQ(map_fresh(&parent, 0, PTE_R | PTE_W | PTE_X), 0);
  CHECK_EQ(aspace_clone(&child, &parent), 0);
  child.icache_clean = 1;
  CHECK_EQ(aspace_fault(&child, 0, ACCESS_WRITE), 0);
  CHECK_EQ(child.icache_clean, 0);
  check_sound(&child);
  aspace_destroy(&parent);
  aspace_destroy(&child);
}

static void eager_growth_reserves(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  uint64 available = pages_free();

  CHECK_EQ(aspace_grow(&as, HEAP_BASE + 5 * PGSIZE), 0);
  CHECK_EQ(pages_reserved(), 5);
  CHECK(aspace_pte(&as, HEAP_BASE) & PTE_W);
  CHECK_EQ(pages_reserved(), 4);
  CHECK_EQ(aspace_test_accessed(&as, HEAP_BASE + PGSIZE), 0);
  CHECK_EQ(aspace_test_accessed(&as, HEAP_BASE), 1);
  CHECK_EQ(aspace_test_accessed(&as, HEAP_BASE), 0);

  CHECK_EQ(aspace_grow(&as, HEAP_BASE + (available + 9) * PGSIZE), -1);
  CHECK_EQ(as.size, HEAP_BASE + 5 * PGSIZE);
  CHECK_EQ(pages_reserved(), 4);

  aspace_shrink(&as, HEAP_BASE);
  CHECK_EQ(pages_reserved(), 0);
  CHECK_EQ(pages_free(), available);
  check_sound(&as);
  aspace_destroy(&as);
}

static void break_may_fall_to_zero_and_rise(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  aspace_shrink(&as, 0);
  check_sound(&as);
  CHECK_EQ(as.size, 0);
  CHECK_EQ(aspace_grow(&as, 2 * PGSIZE), 0);
  CHECK_EQ(aspace_fault(&as, 0, ACCESS_WRITE), 0);
  check_sound(&as);
  aspace_destroy(&as);
}

/* The tables of the heap's last pages, too, whose span ends beyond it. */
static void a_shrink_frees_tables(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  uint64 available = pages_free();

  for (uint64 top = 3UL << 30; top >= 1UL << 30; top -= 1UL << 29) {
    CHECK_EQ(aspace_grow_lazily(&as, top + PGSIZE), 0);
    CHECK_EQ(aspace_fault(&as, top, ACCESS_WRITE), 0);
    aspace_shrink(&as, HEAP_BASE);
    CHECK_EQ(pages_free(), available);
  }
  check_sound(&as);
  aspace_destroy(&as);
}

static void heap_takes_the_shared_page_and_returns_it(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  char *usyscall_page = (char *)as.usyscall;
  memset(usyscall_page, 7, PGSIZE);

  CHECK_EQ(aspace_grow_lazily(&as, TRAPFRAME + 1), -1);
  CHECK_EQ(aspace_grow(&as, TRAPFRAME + 1), -1);
  CHECK_EQ(aspace_grow_lazily(&as, TRAPFRAME), 0);
  CHECK_EQ(aspace_fault(&as, USYSCALL, ACCESS_WRITE), 0);
  char *page = page_at(&as, USYSCALL);
  CHECK(page != usyscall_page && page[0] == 0);

  struct aspace child;
  CHECK_EQ(aspace_clone(&child, &as), 0);
  CHECK(page_at(&child, USYSCALL) == page);
  aspace_destroy(&child);

  aspace_shrink(&as, USYSCALL);
  CHECK(page_at(&as, USYSCALL) == usyscall_page);
  CHECK_EQ(aspace_fault(&as, USYSCALL, ACCESS_WRITE), -1);
  check_sound(&as);
  CHECK_EQ(usyscall_page[0], 7);
  aspace_destroy(&as);
}

static void growth_past_the_stop_is_not_mirrored(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  CHECK_EQ(aspace_grow_lazily(&as, USER_VA_STOP + 4 * PGSIZE), 0);
  CHECK_EQ(aspace_fault(&as, USER_VA_STOP - 1, ACCESS_WRITE), 0);
  CHECK_EQ(aspace_fault(&as, USER_VA_STOP, ACCESS_WRITE), 0);
  check_sound(&as);
  CHECK(kpagetable_low(as.kpagetable)[MIRROR_SLOTS] ==
        kpagetable_low(kernel_pagetable)[MIRROR_SLOTS]);
  aspace_destroy(&as);
}

static void fork_shares_until_written(void)
{
  uint64 before = pages_free();
  struct aspace parent, child;

  CHECK_EQ(build_aspace(&parent), 0);
  CHECK_EQ(aspace_grow(&parent, HEAP_BASE + 2 * PGSIZE), 0);
  *byte_at(&parent, HEAP_BASE, ACCESS_WRITE) = 'p';
  CHECK_EQ(pages_reserved(), 1);

  CHECK_EQ(aspace_clone(&child, &parent), 0);
  CHECK_EQ(pages_reserved(), 1); /* the parent's untouched page */
  CHECK(byte_at(&child, HEAP_BASE, ACCESS_READ) ==
        byte_at(&parent, HEAP_BASE, ACCESS_READ));
  CHECK(aspace_pte(&child, HEAP_BASE) & PTE_W);

  *byte_at(&child, HEAP_BASE, ACCESS_WRITE) = 'c';
  CHECK_EQ(*byte_at(&parent, HEAP_BASE, ACCESS_READ), 'p');
  *byte_at(&parent, HEAP_BASE, ACCESS_WRITE) = 'q';
  CHECK_EQ(*byte_at(&child, HEAP_BASE, ACCESS_READ), 'c');
  CHECK_EQ(byte_at(&child, 0, ACCESS_WRITE) == NULL, true);
  check_sound(&parent);
  check_sound(&child);

  aspace_destroy(&parent);
  *byte_at(&child, PGSIZE, ACCESS_WRITE) = 'x';
  aspace_destroy(&child);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(pages_reserved(), 0);
}

static void walking_copies_stop_at_holes(void)
{
  struct aspace as;
  char buf[2 * PGSIZE] = "text", string[5];
  CHECK_EQ(build_aspace(&as), 0);

  CHECK_EQ(copyout_walk(&as, PGSIZE, buf, sizeof(buf)), 0);
  CHECK_EQ(copyinstr_walk(&as, string, PGSIZE, 5), 4);
  CHECK_EQ(copyout_walk(&as, PGSIZE + 1, buf, sizeof(buf)), -1);
  CHECK_EQ(copyout_walk(&as, 0, buf, 1), -1);
  CHECK_EQ(copyin_walk(&as, buf, 3 * PGSIZE - 4, 4), 0);
  CHECK_EQ(copyin_walk(&as, buf, 3 * PGSIZE - 4, 5), -1);
  CHECK_EQ(copyin_walk(&as, buf, ~0UL, 8), -1);
  CHECK_EQ(copyin_walk(&as, buf, USYSCALL, 4), -1);
  CHECK_EQ(copyinstr_walk(&as, buf, PGSIZE, 4), -1);
  CHECK_EQ(strcmp(string, "text"), 0);
  aspace_destroy(&as);
}

static void test_mirror(void)
{
  RUN(private_table_costs_two_pages);
  RUN(growth_past_the_stop_is_not_mirrored);
}

int main(void)
{
  host_kernel(1200 + KERNEL_PAGES);
  RUN(nothing_leaks_of_a_life);
  RUN(faults_find_what_belongs);
  RUN(faults_come_to_the_space_that_runs);
  RUN(copied_code_is_fenced);
  RUN(eager_growth_reserves);
  RUN(break_may_fall_to_zero_and_rise);
  RUN(a_shrink_frees_tables);
  RUN(heap_takes_the_shared_page_and_returns_it);
  RUN(fork_shares_until_written);
  RUN(walking_copies_stop_at_holes);
  if (has_mirror())
    test_mirror();
  return check_result();
}
