/* Blocks of 2 MiB on the host: how they are taken, shared and made whole. */
#include "mm/page.h"
#include <string.h>
#include "lib/debug.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "tests/host/stubs.h"

/* Whole blocks that there are. */
#define NBLOCKS 3

static char *take_block(void)
{
  CHECK_EQ(page_reserve(BLOCK_PAGES), 0);
  char *block = page_block_take_reserved();
  if (block == NULL)
    page_unreserve(BLOCK_PAGES);
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
    page_block_put(blocks[--n]);
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
  CHECK_EQ(pages_reserved(), 0);
  memset(block, 1, SUPERPGSIZE);
  page_block_put(block);

  char *again = take_block();
  CHECK(again == block);
  for (long i = 0; i < SUPERPGSIZE; i++)
    CHECK(again[i] == 0);
  page_block_put(again);
  CHECK_EQ(pages_free(), before);
}

/* One page of it that is kept keeps a block from being whole. */
static void pages_that_all_come_back_make_a_block(void)
{
  char *block = take_block();
  CHECK_EQ(count_blocks(), NBLOCKS - 1);
  page_block_part(block);
  for (int i = 1; i < BLOCK_PAGES; i++)
    kfree(block + i * PGSIZE);
  CHECK_EQ(count_blocks(), NBLOCKS - 1);
  kfree(block);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static void single_pages_leave_blocks_whole(void)
{
  void *pages[BLOCK_PAGES];

  for (int i = 0; i < BLOCK_PAGES; i++)
    pages[i] = kalloc();
  CHECK(count_blocks() >= NBLOCKS - 1);
  for (int i = 0; i < BLOCK_PAGES; i++)
    kfree(pages[i]);
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
    if (pages[i] == NULL && (pages[i] = kalloc()) != NULL) {
      *(uint64 *)pages[i] = i;
      held++;
    } else if (pages[i] != NULL) {
      CHECK_EQ(*(uint64 *)pages[i], i);
      kfree(pages[i]);
      pages[i] = NULL;
      held--;
    }
    CHECK_EQ(pages_free(), before - held);
  }
  for (uint64 i = 0; i < before; i++)
    if (pages[i] != NULL)
      kfree(pages[i]);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(count_blocks(), NBLOCKS);
  host_table_free((void **)pages);
}

/* Take a block that has one user more than the caller. */
static char *take_shared_block(void)
{
  char *block = take_block();
  page_block_get(block);
  return block;
}

static void a_block_is_shared_as_one(void)
{
  uint64 before = pages_free();
  char *block = take_block();
  block[SUPERPGSIZE - 1] = 'x';
  CHECK(page_unshare(block, BLOCK_PAGES) == block);
  page_block_put(block);

  block = take_shared_block();
  page_fail_nth(1);
  CHECK(page_unshare(block, BLOCK_PAGES) == NULL);
  char *copy = page_unshare(block, BLOCK_PAGES);
  CHECK(copy != NULL && copy != block &&
        copy[SUPERPGSIZE - 1] == block[SUPERPGSIZE - 1]);
  page_block_put(block);
  CHECK(page_unshare(block, BLOCK_PAGES) == block);
  page_block_put(block);
  page_block_put(copy);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static void a_parted_block_is_copied_if_a_page_is_shared(void)
{
  uint64 before = pages_free();
  char *block = take_shared_block();

  page_block_part(block);
  for (int i = 0; i < BLOCK_PAGES; i++)
    if (i != 1)
      put_shared(block + i * PGSIZE);
  CHECK(page_is_shared(block + PGSIZE, 1) && !page_is_shared(block, 1));

  char *copy = page_unshare(block, BLOCK_PAGES);
  CHECK(copy != NULL && copy != block);
  page_block_put(block);
  CHECK_EQ(pages_free(), before - BLOCK_PAGES - 1);
  put_shared(block + PGSIZE);
  CHECK(page_unshare(copy, BLOCK_PAGES) == copy);
  page_block_put(copy);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

/* What others reserved is not for copies. */
static void a_block_is_not_copied_to_reserved_pages(void)
{
  char *block = take_shared_block();
  uint64 but_few = pages_free() - BLOCK_PAGES + 1;

  CHECK_EQ(page_reserve(but_few), 0);
  CHECK(page_unshare(block, BLOCK_PAGES) == NULL);
  page_block_put(block);
  CHECK(page_unshare(block, BLOCK_PAGES) == block);
  page_block_put(block);
  page_unreserve(but_few);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

/* A page of each block stays taken: much is free, and no block. */
static void without_a_whole_block_reservations_stay(void)
{
  char *blocks[NBLOCKS];

  CHECK_EQ(take_blocks(blocks, NBLOCKS), NBLOCKS);
  for (int i = 0; i < NBLOCKS; i++) {
    page_block_part(blocks[i]);
    for (int page = 1; page < BLOCK_PAGES; page++)
      kfree(blocks[i] + page * PGSIZE);
  }
  CHECK_EQ(page_reserve(BLOCK_PAGES), 0);
  CHECK(page_block_take_reserved() == NULL);
  CHECK_EQ(pages_reserved(), BLOCK_PAGES);
  page_unreserve(BLOCK_PAGES);
  for (int i = 0; i < NBLOCKS; i++)
    kfree(blocks[i]);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static char *freed;

static void share_freed(void)
{
  page_block_get(freed);
}

/* The last test: the panic leaves the lock held. */
static void nobody_shares_a_free_block(void)
{
  freed = take_block();
  page_block_put(freed);
  CHECK(host_panics(share_freed));
}

int main(void)
{
  host_memory((NBLOCKS + 1) * BLOCK_PAGES);
  RUN(blocks_are_aligned_and_zero);
  RUN(pages_that_all_come_back_make_a_block);
  RUN(single_pages_leave_blocks_whole);
  RUN(blocks_survive_disorder);
  RUN(a_block_is_shared_as_one);
  RUN(a_parted_block_is_copied_if_a_page_is_shared);
  RUN(a_block_is_not_copied_to_reserved_pages);
  RUN(without_a_whole_block_reservations_stay);
  RUN(nobody_shares_a_free_block);
  return check_result();
}
