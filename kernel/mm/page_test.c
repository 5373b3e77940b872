/* Pages on the host: invariants P1 and P2 through every operation. Blocks are
 * tested in page_block_test.c. */
#include "mm/page.h"
#include <stdlib.h>
#include "lib/debug.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "tests/host/stubs.h"
#include "kernel/riscv.h"
#include "arch/hart.h"
#include "mm/pt.h"

#define NPAGES 1000 /* of the first range */
#define NBLOCKS 4   /* of RAM */

static char *memory;

static int add_range(char *start, char *end)
{
  uint64 before = pages_total();
  page_add_range((uint64)start, (uint64)end);
  return pages_total() - before;
}

static void takes_all_and_gives_back(void)
{
  uint64 before = pages_free();
  void **taken = host_table(before);
  uint64 n = 0;

  while (n < before && (taken[n] = kalloc()) != NULL)
    n++;
  CHECK_EQ(n, before);
  CHECK(kalloc() == NULL);
  CHECK_EQ(pages_free(), 0);
  while (n > 0)
    kfree(taken[--n]);
  CHECK_EQ(pages_free(), before);
  host_table_free(taken);
}

/* What is in the stock of another hart is free for all. */
static void stocks_are_for_all(void)
{
  uint64 before = pages_free(), n = 0;
  void **taken = host_table(before);

  kfree(kalloc());
  harts[0].index = 1;
  while (n < before && (taken[n] = kalloc()) != NULL)
    n++;
  CHECK_EQ(n, before);
  while (n > 0)
    kfree(taken[--n]);
  harts[0].index = 0;
  CHECK_EQ(pages_free(), before);

  CHECK_EQ(page_reserve(before), 0);
  CHECK(kalloc() == NULL);
  page_unreserve(before);
  host_table_free(taken);
}

static void zeroed_page_is_zero(void)
{
  char *page = kalloc();
  for (int i = 0; i < PGSIZE; i++)
    page[i] = 1;
  kfree(page);

  char *again = kalloc_zeroed();
  CHECK(again == page); /* the last one given back is the first one taken */
  for (int i = 0; i < PGSIZE; i++)
    CHECK(again[i] == 0);
  kfree(again);
}

static void counts_references(void)
{
  uint64 before = pages_free();
  void *page = kalloc();

  get_shared(page);
  kfree(page);
  CHECK_EQ(pages_free(), before - 1);
  kfree(page);
  CHECK_EQ(pages_free(), before);
}

static void reservations_limit_allocation(void)
{
  uint64 all = pages_free();

  CHECK_EQ(page_reserve(all + 1), -1);
  CHECK_EQ(page_reserve(~0UL), -1);
  CHECK_EQ(page_reserve(all), 0);
  CHECK_EQ(page_reserve(1), -1);
  CHECK(kalloc() == NULL);

  void *paid;
  pages_take_reserved(&paid, 1);
  CHECK_EQ(pages_reserved(), all - 1);
  page_unreserve(all - 1);
  kfree(paid);
  CHECK_EQ(pages_free(), all);
  CHECK_EQ(pages_reserved(), 0);
}

static void unshare_copies_for_all_but_the_last(void)
{
  uint64 before = pages_free();
  char *page = kalloc();
  page[0] = 'x';
  CHECK(!page_is_shared(page, 1));
  get_shared(page);
  CHECK(page_is_shared(page, 1));

  char *copy = page_unshare(page, 1);
  CHECK(copy != page && copy[0] == 'x');
  CHECK(page_is_shared(page, 1)); /* until who has the copy puts it */
  put_shared(page);
  CHECK(page_unshare(page, 1) == page);

  put_shared(page);
  put_shared(copy);
  CHECK_EQ(pages_free(), before);
}

/* A copy takes a page that is not reserved; who is alone needs none. */
static void unshare_fails_without_a_free_page(void)
{
  uint64 before = pages_free();
  char *page = kalloc();
  get_shared(page);
  CHECK_EQ(page_reserve(before - 1), 0);
  CHECK(page_unshare(page, 1) == NULL);
  CHECK_EQ(pages_free(), before - 1);
  put_shared(page);
  CHECK(page_unshare(page, 1) == page);

  get_shared(page);
  page_unreserve(before - 1);
  page_fail_nth(1);
  CHECK(page_unshare(page, 1) == NULL);
  put_shared(page);
  page_fail_nth(1);
  CHECK(page_unshare(page, 1) == page);
  CHECK_EQ(page_fail_pending(), 1);
  page_fail_nth(0);
  kfree(page);
  CHECK_EQ(pages_free(), before);
}

/* A table's entries: holes, reservations, pages of one's own, and shared ones.
 */
static void entries_give_back_what_they_stand_for(void)
{
  uint64 before = pages_free();
  void *own = kalloc(), *shared = kalloc();
  pte_t entries[] = {0, PTE_RESERVED, pte_make_leaf((uint64)own, PTE_R | PTE_W),
                     0, pte_make_leaf((uint64)shared, PTE_R | PTE_COW)};

  get_shared(shared);
  CHECK_EQ(page_reserve(2), 0); /* the entry's, and another */
  pages_put(entries, ARRAY_LEN(entries));
  CHECK_EQ(pages_reserved(), 1);
  CHECK_EQ(pages_free(), before - 1);
  page_unreserve(1);
  put_shared(shared);
  CHECK_EQ(pages_free(), before);
}

static void chosen_allocation_fails(void)
{
  page_fail_nth(2);
  void *first = kalloc();
  CHECK(first != NULL);
  CHECK(kalloc() == NULL);
  void *third = kalloc();
  CHECK(third != NULL);
  kfree(first);
  kfree(third);
}

static void chosen_reservation_fails(void)
{
  page_fail_nth(2);
  CHECK_EQ(page_reserve(0), 0); /* asks for nothing */
  CHECK_EQ(page_reserve(1), 0);
  CHECK_EQ(page_fail_pending(), 1);
  CHECK_EQ(page_reserve(1), -1);
  CHECK_EQ(page_fail_pending(), 0);
  CHECK_EQ(pages_reserved(), 1);
  CHECK_EQ(page_reserve(1), 0);
  page_unreserve(2);
}

/* Those before the first that has room for the records are not used. */
static void a_range_without_room_has_nothing_to_give(void)
{
  memory = aligned_alloc(SUPERPGSIZE, NBLOCKS * SUPERPGSIZE);
  page_init((uint64)memory, (uint64)memory + NBLOCKS * SUPERPGSIZE);
  CHECK_EQ(add_range(memory, memory + 2 * PGSIZE), 0);
  CHECK_EQ(add_range(memory + 2 * PGSIZE + 7, memory), 0);
  int added = add_range(memory + 2 * PGSIZE + 7, memory + NPAGES * PGSIZE);
  CHECK(added > 0 && added < NPAGES - 3);
  CHECK_EQ(pages_free(), added);
}

/* It begins and ends amid blocks, and has a whole one. */
static void a_second_range_adds_its_pages(void)
{
  uint64 before = pages_free(), n = 0;

  CHECK_EQ(pages_total(), before);
  CHECK_EQ(add_range(memory + 7, memory), 0);
  int added = add_range(memory + (NPAGES + 1) * PGSIZE,
                        memory + NBLOCKS * SUPERPGSIZE - PGSIZE);
  CHECK_EQ(added, NBLOCKS * BLOCK_PAGES - NPAGES - 2);
  CHECK_EQ(pages_free(), before + added);

  void **taken = host_table(before + added);
  while ((taken[n] = kalloc()) != NULL)
    if (taken[n] == memory + NPAGES * PGSIZE || ++n == before + added)
      break;
  CHECK_EQ(n, before + added);
  while (n > 0)
    kfree(taken[--n]);
  CHECK_EQ(pages_free(), before + added);
  host_table_free(taken);
}

static void *freed;

static void ask_of_freed(void)
{
  page_is_shared(freed, 1);
}

/* The last test: the panic leaves the lock held. */
static void nobody_asks_of_a_free_page(void)
{
  freed = kalloc();
  kfree(freed);
  CHECK(host_panics(ask_of_freed));
}

int main(void)
{
  RUN(a_range_without_room_has_nothing_to_give);
  RUN(takes_all_and_gives_back);
  RUN(stocks_are_for_all);
  RUN(zeroed_page_is_zero);
  RUN(counts_references);
  RUN(reservations_limit_allocation);
  RUN(unshare_copies_for_all_but_the_last);
  RUN(unshare_fails_without_a_free_page);
  RUN(entries_give_back_what_they_stand_for);
  RUN(chosen_allocation_fails);
  RUN(chosen_reservation_fails);
  RUN(a_second_range_adds_its_pages);
  RUN(nobody_asks_of_a_free_page);
  return check_result();
}
