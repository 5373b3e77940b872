/* Operations on address spaces on the host, when each allocation fails in turn:
 * all is as it was before. */
#include "mm/aspace.h"
#include "lib/debug.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"

/* One allocation fails, the n-th, for every n until none is left to fail. */
static void each_failure_gives_all_back(int (*operation)(struct aspace *))
{
  struct aspace as;
  int result = -1, nfailed = 0;

  for (int n = 1; result < 0 && !check_failures_here; n++) {
    CHECK_EQ(build_aspace(&as), 0);
    uint64 free_before = pages_free(), reserved_before = pages_reserved();
    page_fail_nth(n);
    result = operation(&as);
    page_fail_nth(0);
    if (result < 0) {
      nfailed++;
      CHECK_EQ(pages_reserved(), reserved_before);
      CHECK_EQ(pages_free(), free_before);
    }
    CHECK_EQ(aspace_check(&as), 0);
    aspace_destroy(&as);
  }
  CHECK(nfailed > 1);
}

static int build_another(struct aspace *as)
{
  struct aspace other;
  (void)as;
  int result = build_aspace(&other);
  if (result == 0)
    aspace_destroy(&other);
  return result;
}

/* A page whose place takes tables at two levels. */
static int build_far(struct aspace *as)
{
  struct aspace other;
  (void)as;
  if (build_aspace(&other) < 0)
    return -1;
  int result = map_fresh(&other, pt_span(PT_ROOT_LEVEL), PTE_R);
  aspace_destroy(&other);
  return result;
}

static int clone_it(struct aspace *as)
{
  struct aspace child;
  int result = aspace_clone(&child, as);
  if (result == 0)
    aspace_destroy(&child);
  return result;
}

static int grow_by_tables(struct aspace *as)
{
  return aspace_grow(as, HEAP_BASE + 2 * SUPERPGSIZE);
}

static void building_survives_each_failure(void)
{
  each_failure_gives_all_back(build_another);
}

static void building_far_up_survives_each_failure(void)
{
  each_failure_gives_all_back(build_far);
}

static void cloning_survives_each_failure(void)
{
  each_failure_gives_all_back(clone_it);
}

static void growing_survives_each_failure(void)
{
  each_failure_gives_all_back(grow_by_tables);
}

int main(void)
{
  host_kernel(1200 + KERNEL_PAGES);
  RUN(building_survives_each_failure);
  RUN(building_far_up_survives_each_failure);
  RUN(cloning_survives_each_failure);
  RUN(growing_survives_each_failure);
  return check_result();
}
