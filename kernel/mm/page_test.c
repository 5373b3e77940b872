/* Pages on the host: invariants P1 to P3 through every operation. */
#include "mm/page.h"
#include <string.h>
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

  pages_get(page, 1);
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
  pages_get(page, 1);
  CHECK_EQ(page_promise(1), 0); /* P3: two users, one promise */

  char *copy = page_unshare(page);
  CHECK(copy != page && copy[0] == 'x');
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_unshare(page) == page);

  pages_put_cow(page, 1);
  pages_put_cow(copy, 1);
  CHECK_EQ(pages_free(), before);
}

static void dropping_a_share_drops_its_promise(void)
{
  void *page = page_alloc();
  pages_get(page, 1);
  pages_get(page, 1);
  CHECK_EQ(page_promise(2), 0);
  pages_put_cow(page, 1);
  CHECK_EQ(pages_promised(), 1);
  pages_put_cow(page, 1);
  CHECK_EQ(pages_promised(), 0);
  pages_put_cow(page, 1);
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

/* Whole blocks that there are. */
#define NBLOCKS 3

static char *take_block(void)
{
  CHECK_EQ(page_promise(BLOCK_PAGES), 0);
  char *block = page_alloc_block_promised();
  if (block == NULL)
    page_unpromise(BLOCK_PAGES);
  return block;
}

/* Take all whole blocks, at most max, into blocks. Their number. */
static int take_blocks(char **blocks, int max)
{
  int n = 0;
  while (n < max && pages_free() >= BLOCK_PAGES &&
         (blocks[n] = take_block()) != NULL)
    n++;
  return n;
}

static void put_blocks(char **blocks, int n)
{
  while (n > 0)
    pages_put(blocks[--n], BLOCK_PAGES);
}

static int count_blocks(void)
{
  char *blocks[NBLOCKS + 1];
  int n = take_blocks(blocks, NBLOCKS + 1);
  put_blocks(blocks, n);
  return n;
}

static void blocks_are_aligned_and_zero(void)
{
  uint64 before = pages_free();
  char *block = take_block();

  CHECK(block != NULL && (uint64)block % SUPERPGSIZE == 0);
  CHECK_EQ(before - pages_free(), BLOCK_PAGES);
  CHECK_EQ(pages_promised(), 0);
  memset(block, 1, SUPERPGSIZE);
  pages_put(block, BLOCK_PAGES);

  char *again = take_block();
  CHECK(again == block);
  for (long i = 0; i < SUPERPGSIZE; i++)
    CHECK(again[i] == 0);
  pages_put(again, BLOCK_PAGES);
  CHECK_EQ(pages_free(), before);
}

/* One page of it that is kept keeps a block from being whole. */
static void pages_that_all_come_back_make_a_block(void)
{
  char *block = take_block();
  CHECK_EQ(count_blocks(), NBLOCKS - 1);
  for (int i = 1; i < BLOCK_PAGES; i++)
    page_put(block + i * PGSIZE);
  CHECK_EQ(count_blocks(), NBLOCKS - 1);
  page_put(block);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static void single_pages_leave_blocks_whole(void)
{
  void *pages[BLOCK_PAGES];

  for (int i = 0; i < BLOCK_PAGES; i++)
    pages[i] = page_alloc();
  CHECK(count_blocks() >= NBLOCKS - 1);
  for (int i = 0; i < BLOCK_PAGES; i++)
    page_put(pages[i]);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

/* Random pages come and go; each is given to one at a time. */
static void blocks_survive_disorder(void)
{
  uint64 before = pages_free(), held = 0;
  char **pages = (char **)host_table(before);
  uint seed = 1;

  for (int step = 0; step < 20000; step++) {
    seed = seed * 1103515245 + 12345;
    uint64 i = (seed >> 8) % before;
    if (pages[i] == NULL && (pages[i] = page_alloc()) != NULL) {
      *(uint64 *)pages[i] = i;
      held++;
    } else if (pages[i] != NULL) {
      CHECK_EQ(*(uint64 *)pages[i], i);
      page_put(pages[i]);
      pages[i] = NULL;
      held--;
    }
    CHECK_EQ(pages_free(), before - held);
  }
  for (uint64 i = 0; i < before; i++)
    if (pages[i] != NULL)
      page_put(pages[i]);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(count_blocks(), NBLOCKS);
  host_table_free((void **)pages);
}

static void a_block_is_copied_only_if_all_is_shared(void)
{
  uint64 before = pages_free();
  char *block = take_block();
  block[SUPERPGSIZE - 1] = 'x';
  CHECK(page_unshare_block(block) == block);

  pages_get(block, BLOCK_PAGES);
  CHECK_EQ(page_promise(BLOCK_PAGES), 0); /* P3 */
  page_fail_nth(1);
  CHECK(page_unshare_block(block) == NULL);
  CHECK_EQ(pages_promised(), BLOCK_PAGES);

  char *page = page_unshare(block + PGSIZE);
  CHECK(page_unshare_block(block) == NULL);
  page_put(page);
  pages_get(block + PGSIZE, 1);
  CHECK_EQ(page_promise(1), 0);

  char *copy = page_unshare_block(block);
  CHECK(copy != NULL && copy != block && copy[SUPERPGSIZE - 1] == 'x');
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_unshare_block(block) == block);
  pages_put_cow(block, BLOCK_PAGES);
  pages_put_cow(copy, BLOCK_PAGES);
  CHECK_EQ(pages_free(), before);
}

static void a_dropped_block_drops_its_promises(void)
{
  char *block = take_block();
  pages_get(block, BLOCK_PAGES);
  CHECK_EQ(page_promise(BLOCK_PAGES), 0);
  page_put(page_unshare(block));
  pages_put_cow(block, BLOCK_PAGES); /* of which one page is not shared */
  CHECK_EQ(pages_promised(), 0);
  pages_put_cow(block + PGSIZE, BLOCK_PAGES - 1);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

/* A page of each block stays taken: much is free, and no block. */
static void without_a_whole_block_promises_stay(void)
{
  char *blocks[NBLOCKS];

  CHECK_EQ(take_blocks(blocks, NBLOCKS), NBLOCKS);
  for (int i = 0; i < NBLOCKS; i++)
    pages_put(blocks[i] + PGSIZE, BLOCK_PAGES - 1);
  CHECK_EQ(page_promise(BLOCK_PAGES), 0);
  CHECK(page_alloc_block_promised() == NULL);
  CHECK_EQ(pages_promised(), BLOCK_PAGES);
  page_unpromise(BLOCK_PAGES);
  for (int i = 0; i < NBLOCKS; i++)
    page_put(blocks[i]);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static void chosen_promise_fails(void)
{
  page_fail_nth(2);
  CHECK_EQ(page_promise(0), 0); /* asks for nothing */
  CHECK_EQ(page_promise(1), 0);
  CHECK_EQ(page_fail_pending(), 1);
  CHECK_EQ(page_promise(1), -1);
  CHECK_EQ(page_fail_pending(), 0);
  CHECK_EQ(pages_promised(), 1);
  CHECK_EQ(page_promise(1), 0);
  page_unpromise(2);
}

int main(void)
{
  host_memory((NBLOCKS + 1) * BLOCK_PAGES);
  RUN(takes_all_and_gives_back);
  RUN(zeroed_page_is_zero);
  RUN(counts_references);
  RUN(promises_limit_allocation);
  RUN(unshare_copies_for_all_but_the_last);
  RUN(dropping_a_share_drops_its_promise);
  RUN(chosen_allocation_fails);
  RUN(blocks_are_aligned_and_zero);
  RUN(pages_that_all_come_back_make_a_block);
  RUN(single_pages_leave_blocks_whole);
  RUN(blocks_survive_disorder);
  RUN(a_block_is_copied_only_if_all_is_shared);
  RUN(a_dropped_block_drops_its_promises);
  RUN(without_a_whole_block_promises_stay);
  RUN(chosen_promise_fails);
  return check_result();
}
