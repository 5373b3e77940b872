/* Pages on the host: invariants P1 to P3 through every operation. */
#include "mm/page.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "kernel/riscv.h"

static void takes_all_and_gives_back(void)
{
  uint64 before = pages_free();
  void **taken = host_table(before);
  uint64 n = 0;

  while (n < before && (taken[n] = page_alloc()) != NULL)
    n++;
  CHECK_EQ(n, before);
  CHECK(page_alloc() == NULL);
  CHECK_EQ(pages_free(), 0);
  while (n > 0)
    page_put(taken[--n]);
  CHECK_EQ(pages_free(), before);
  host_table_free(taken);
}

static void zeroed_page_is_zero(void)
{
  char *page = page_alloc();
  for (int i = 0; i < PGSIZE; i++)
    page[i] = 1;
  page_put(page);

  char *again = page_alloc_zeroed();
  CHECK(again == page); /* the last one given back is the first one taken */
  for (int i = 0; i < PGSIZE; i++)
    CHECK(again[i] == 0);
  page_put(again);
}

static void counts_references(void)
{
  uint64 before = pages_free();
  void *page = page_alloc();

  page_get(page);
  page_put(page);
  CHECK_EQ(pages_free(), before - 1);
  page_put(page);
  CHECK_EQ(pages_free(), before);
}

static void promises_limit_allocation(void)
{
  uint64 all = pages_free();

  CHECK_EQ(page_promise(all + 1), -1);
  CHECK_EQ(page_promise(~0UL), -1);
  CHECK_EQ(page_promise(all), 0);
  CHECK_EQ(page_promise(1), -1);
  CHECK(page_alloc() == NULL);

  void *paid = page_alloc_promised();
  CHECK(paid != NULL);
  CHECK_EQ(pages_promised(), all - 1);
  page_unpromise(all - 1);
  page_put(paid);
  CHECK_EQ(pages_free(), all);
  CHECK_EQ(pages_promised(), 0);
}

static void unshare_copies_for_all_but_the_last(void)
{
  uint64 before = pages_free();
  char *page = page_alloc();
  page[0] = 'x';
  page_get(page);
  CHECK_EQ(page_promise(1), 0); /* P3: two users, one promise */

  char *copy = page_unshare(page);
  CHECK(copy != page && copy[0] == 'x');
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_unshare(page) == page);

  page_put_cow(page);
  page_put_cow(copy);
  CHECK_EQ(pages_free(), before);
}

static void dropping_a_share_drops_its_promise(void)
{
  void *page = page_alloc();
  page_get(page);
  page_get(page);
  CHECK_EQ(page_promise(2), 0);
  page_put_cow(page);
  CHECK_EQ(pages_promised(), 1);
  page_put_cow(page);
  CHECK_EQ(pages_promised(), 0);
  page_put_cow(page);
  CHECK_EQ(pages_promised(), 0);
}

static void chosen_allocation_fails(void)
{
  page_fail_nth(2);
  void *first = page_alloc();
  CHECK(first != NULL);
  CHECK(page_alloc() == NULL);
  void *third = page_alloc();
  CHECK(third != NULL);
  page_put(first);
  page_put(third);
}

int main(void)
{
  host_memory(64);
  RUN(takes_all_and_gives_back);
  RUN(zeroed_page_is_zero);
  RUN(counts_references);
  RUN(promises_limit_allocation);
  RUN(unshare_copies_for_all_but_the_last);
  RUN(dropping_a_share_drops_its_promise);
  RUN(chosen_allocation_fails);
  return check_result();
}
