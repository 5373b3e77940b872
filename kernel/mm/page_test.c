/* Pages on the host: invariants P1 to P3 through every operation. */
#include "mm/page.h"
#include <string.h>
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "kernel/riscv.h"
#include "mm/pt.h"

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

/* As a table's entry would. */
static void get_shared(void *page)
{
  pte_t entry = pte_make_leaf((uint64)page, PTE_R | PTE_COW);
  pages_get(&entry, 1);
}

static void put_shared(void *page)
{
  pte_t entry = pte_make_leaf((uint64)page, PTE_R | PTE_COW);
  pages_put(&entry, 1);
}

static void counts_references(void)
{
  uint64 before = pages_free();
  void *page = page_alloc();

  get_shared(page);
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
  get_shared(page);
  CHECK_EQ(page_promise(1), 0); /* P3: two users, one promise */

  char *copy = page_unshare(page);
  CHECK(copy != page && copy[0] == 'x');
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_unshare(page) == page);

  put_shared(page);
  put_shared(copy);
  CHECK_EQ(pages_free(), before);
}

static void dropping_a_share_drops_its_promise(void)
{
  void *page = page_alloc();
  get_shared(page);
  get_shared(page);
  CHECK_EQ(page_promise(2), 0);
  put_shared(page);
  CHECK_EQ(pages_promised(), 1);
  put_shared(page);
  CHECK_EQ(pages_promised(), 0);
  put_shared(page);
  CHECK_EQ(pages_promised(), 0);
}

/* A table's entries: holes, promises, pages of one's own, and shared ones. */
static void entries_give_back_what_they_stand_for(void)
{
  uint64 before = pages_free();
  void *own = page_alloc(), *shared = page_alloc();
  pte_t entries[] = {0, PTE_PROMISED, pte_make_leaf((uint64)own, PTE_R | PTE_W),
                     0, pte_make_leaf((uint64)shared, PTE_R | PTE_COW)};

  get_shared(shared);
  CHECK_EQ(page_promise(3), 0); /* the entry's, P3's, and another */
  pages_put(entries, ARRAY_LEN(entries));
  CHECK_EQ(pages_promised(), 1);
  CHECK_EQ(pages_free(), before - 1);
  page_unpromise(1);
  put_shared(shared);
  CHECK_EQ(pages_free(), before);
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
  char *block = page_block_alloc_promised();
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
  CHECK_EQ(pages_promised(), 0);
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

/* Take a block that has one user more than the caller, as P3 has it. */
static char *take_shared_block(void)
{
  char *block = take_block();
  page_block_get(block);
  CHECK_EQ(page_promise(BLOCK_PAGES), 0);
  return block;
}

static void a_block_is_shared_as_one(void)
{
  uint64 before = pages_free();
  char *block = take_block();
  block[SUPERPGSIZE - 1] = 'x';
  CHECK(page_block_unshare(block) == block);
  page_block_put(block);

  block = take_shared_block();
  page_fail_nth(1);
  CHECK(page_block_unshare(block) == NULL);
  CHECK_EQ(pages_promised(), BLOCK_PAGES);
  char *copy = page_block_unshare(block);
  CHECK(copy != NULL && copy != block &&
        copy[SUPERPGSIZE - 1] == block[SUPERPGSIZE - 1]);
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_block_unshare(block) == block);
  page_block_put_cow(block);
  page_block_put_cow(copy);
  CHECK_EQ(pages_free(), before);

  block = take_shared_block();
  page_block_put_cow(block);
  CHECK_EQ(pages_promised(), 0);
  page_block_put_cow(block);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

static void a_parted_block_is_copied_only_if_all_is_shared(void)
{
  uint64 before = pages_free();
  char *block = take_shared_block();

  page_block_part(block);
  char *page = page_unshare(block + PGSIZE);
  CHECK(page != block + PGSIZE && page_block_unshare(block) == NULL);
  page_put(page);
  get_shared(block + PGSIZE);
  CHECK_EQ(page_promise(1), 0);

  char *copy = page_block_unshare(block);
  CHECK(copy != NULL && copy != block);
  CHECK_EQ(pages_promised(), 0);
  CHECK(page_block_unshare(block) == block);
  page_block_put_cow(block);
  page_block_put_cow(copy);
  CHECK_EQ(pages_free(), before);
}

static void a_dropped_block_drops_its_promises(void)
{
  char *block = take_shared_block();
  page_block_part(block);
  page_put(page_unshare(block));
  page_block_put_cow(block); /* of which one page is not shared */
  CHECK_EQ(pages_promised(), 0);
  for (int i = 1; i < BLOCK_PAGES; i++)
    put_shared(block + i * PGSIZE);
  CHECK_EQ(count_blocks(), NBLOCKS);
}

/* A page of each block stays taken: much is free, and no block. */
static void without_a_whole_block_promises_stay(void)
{
  char *blocks[NBLOCKS];

  CHECK_EQ(take_blocks(blocks, NBLOCKS), NBLOCKS);
  for (int i = 0; i < NBLOCKS; i++) {
    page_block_part(blocks[i]);
    for (int page = 1; page < BLOCK_PAGES; page++)
      page_put(blocks[i] + page * PGSIZE);
  }
  CHECK_EQ(page_promise(BLOCK_PAGES), 0);
  CHECK(page_block_alloc_promised() == NULL);
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
  RUN(entries_give_back_what_they_stand_for);
  RUN(chosen_allocation_fails);
  RUN(blocks_are_aligned_and_zero);
  RUN(pages_that_all_come_back_make_a_block);
  RUN(single_pages_leave_blocks_whole);
  RUN(blocks_survive_disorder);
  RUN(a_block_is_shared_as_one);
  RUN(a_parted_block_is_copied_only_if_all_is_shared);
  RUN(a_dropped_block_drops_its_promises);
  RUN(without_a_whole_block_promises_stay);
  RUN(chosen_promise_fails);
  return check_result();
}
