/* Leaves of 2 MiB on the host: how they come, are split and go, with a block to
 * be had and without. */
#include <string.h>
#include "arch/csr.h"
#include "lib/debug.h"
#include "mm/copy.h"
#include "tests/host/large.h"
#include "tests/host/stubs.h"

static void growth_reserves_blocks_where_they_fit(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  uint64 available = pages_free();
  uint64 end = 3 * SUPERPGSIZE + PGSIZE;

  CHECK_EQ(aspace_grow(&as, end), 0);
  CHECK_EQ(pages_reserved(), (end - HEAP_BASE) / PGSIZE + 2);
  CHECK_EQ(available - pages_free(), 1); /* the last page's table */
  CHECK_EQ(level_at(&as, LARGE - 1), 0);
  CHECK_EQ(level_at(&as, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(level_at(&as, end - PGSIZE), 0);
  check_sound(&as);

  aspace_shrink(&as, HEAP_BASE);
  CHECK_EQ(pages_free(), available);
  CHECK_EQ(pages_reserved(), 0);
  aspace_destroy(&as);
  check_all_given_back();
}

/* What is grown lazily, or is not all of an aligned 2 MiB, has pages. */
static void other_growth_takes_pages(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  CHECK_EQ(aspace_grow_lazily(&as, LARGE + SUPERPGSIZE), 0);
  CHECK_EQ(read_at(&as, LARGE), 0);
  CHECK_EQ(level_at(&as, LARGE), 0);
  CHECK_EQ(aspace_grow_lazily(&as, 2 * SUPERPGSIZE + PGSIZE), 0);
  CHECK_EQ(aspace_grow(&as, 4 * SUPERPGSIZE - PGSIZE), 0);
  CHECK_EQ(level_at(&as, 2 * SUPERPGSIZE + PGSIZE), 0);
  CHECK_EQ(level_at(&as, 3 * SUPERPGSIZE), 0);
  aspace_destroy(&as);
  check_all_given_back();
}

static void first_touch_maps_a_block(void)
{
  struct aspace as;
  build_large(&as);

  CHECK_EQ(aspace_fault(&as, LARGE, ACCESS_EXECUTE), -1);
  CHECK_EQ(aspace_test_accessed(&as, LARGE), 0);
  pte_t word = aspace_pte(&as, LARGE + 7 * PGSIZE + 1);
  CHECK_EQ(PTE_FLAGS(word), PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D);
  CHECK_EQ(PTE2PA(word) % SUPERPGSIZE, 0);
  CHECK_EQ(pages_reserved(), 0);

  char *block = pte_target(word);
  for (uint64 at = 0; at < SUPERPGSIZE; at += PGSIZE) {
    CHECK_EQ(aspace_pte(&as, LARGE + at), word);
    CHECK(byte_at(&as, LARGE + at + 1, ACCESS_WRITE) == block + at + 1);
    CHECK_EQ(block[at], 0);
  }
  CHECK_EQ(aspace_pte(&as, LARGE + SUPERPGSIZE), 0);
  CHECK_EQ(aspace_fault(&as, LARGE, ACCESS_EXECUTE), -1);
  check_sound(&as);
  aspace_destroy(&as);
  check_all_given_back();
}

/* None is to be had, or interrupts are off, and to zero one takes too long. */
static void without_a_block_pages_come(void)
{
  for (int is_short = 0; is_short < 2; is_short++) {
    struct aspace as;
    build_large(&as);
    page_fail_nth(is_short ? 0 : 1);
    host_irqs_on = !is_short;
    write_at(&as, LARGE + PGSIZE, 'x');
    host_irqs_on = true;
    CHECK_EQ(level_at(&as, LARGE), 0);
    CHECK_EQ(pages_reserved(), BLOCK_PAGES - 1);
    CHECK(aspace_pte(&as, LARGE) & PTE_W);
    CHECK_EQ(pages_reserved(), BLOCK_PAGES - 2);
    check_sound(&as);
    aspace_destroy(&as);
    check_all_given_back();
  }
}

static void shrinking_into_a_leaf_keeps_its_head(void)
{
  struct aspace as;
  build_leaf(&as, 'x');
  uint64 available = pages_free();
  uint64 end = LARGE + 3 * PGSIZE;

  aspace_shrink(&as, end - 1);
  CHECK_EQ(level_at(&as, LARGE), 0);
  CHECK_EQ(pages_free() - available, BLOCK_PAGES - 3 - 1); /* a table */
  CHECK_EQ(pages_reserved(), 0);
  CHECK_EQ(aspace_fault(&as, end, ACCESS_READ), -1);
  CHECK_EQ(read_at(&as, LARGE), 'x');
  write_at(&as, end - 1, 'y');
  check_sound(&as);

  CHECK_EQ(aspace_grow(&as, LARGE + 2 * SUPERPGSIZE), 0);
  CHECK_EQ(read_at(&as, end), 0);
  CHECK_EQ(read_at(&as, end - 1), 'y');
  CHECK_EQ(level_at(&as, LARGE + SUPERPGSIZE), PT_LARGE_LEVEL);
  aspace_shrink(&as, LARGE);
  CHECK_EQ(aspace_grow(&as, LARGE + SUPERPGSIZE), 0);
  CHECK_EQ(level_at(&as, LARGE), PT_LARGE_LEVEL);
  aspace_destroy(&as);
  check_all_given_back();
}

static void shrinking_into_a_reservation_keeps_its_head(void)
{
  struct aspace as;
  build_large(&as);
  CHECK_EQ(pages_reserved(), LARGE_RESERVATION);
  aspace_shrink(&as, LARGE + PGSIZE);
  CHECK_EQ(pages_reserved(), 1);
  write_at(&as, LARGE, 'x');
  CHECK_EQ(pages_reserved(), 0);
  aspace_destroy(&as);
  check_all_given_back();
}

static void accessed_pages_are_told_apart(void)
{
  struct aspace as;
  build_leaf(&as, 'x');
  for (uint64 at = 0; at < SUPERPGSIZE; at += PGSIZE)
    CHECK_EQ(aspace_test_accessed(&as, LARGE + at), 1);
  CHECK_EQ(level_at(&as, LARGE), 0);
  read_at(&as, LARGE + 5 * PGSIZE);
  for (uint64 at = 0; at < SUPERPGSIZE; at += PGSIZE)
    CHECK_EQ(aspace_test_accessed(&as, LARGE + at), at == 5 * PGSIZE);
  check_sound(&as);
  aspace_destroy(&as);
  check_all_given_back();
}

/* Above the mirror, and below a level-1 page of its own. */
static void leaves_stand_above_the_stop(void)
{
  const uint64 places[] = {USER_VA_STOP, 1L << 30, TRAPFRAME - 5 * SUPERPGSIZE};

  for (int i = 0; i < 3; i++) {
    uint64 va = SUPERPGROUNDDOWN(places[i]);
    struct aspace as;
    CHECK_EQ(build_aspace(&as), 0);
    uint64 available = pages_free();
    CHECK_EQ(aspace_grow_lazily(&as, va - PGSIZE), 0);
    CHECK_EQ(aspace_grow(&as, va + 2 * SUPERPGSIZE), 0);
    write_at(&as, va, 'x');
    CHECK_EQ(level_at(&as, va), PT_LARGE_LEVEL);
    check_sound(&as);
    aspace_shrink(&as, HEAP_BASE);
    CHECK_EQ(pages_free(), available);
    aspace_destroy(&as);
    check_all_given_back();
  }
}

static void walking_copies_cross_leaves(void)
{
  static char out[SUPERPGSIZE + 2 * PGSIZE], in[sizeof(out)];
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  CHECK_EQ(aspace_grow(&as, 2 * SUPERPGSIZE + PGSIZE), 0);
  for (uint64 i = 0; i < sizeof(out); i++)
    out[i] = 1 + i % 251;
  out[sizeof(out) - 1] = '\0';

  uint64 va = LARGE - PGSIZE;
  CHECK_EQ(copyout_walk(&as, va, out, sizeof(out)), 0);
  CHECK_EQ(level_at(&as, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(copyin_walk(&as, in, va, sizeof(in)), 0);
  CHECK(memcmp(in, out, sizeof(in)) == 0);
  CHECK_EQ(copyinstr_walk(&as, in, va, sizeof(in)), sizeof(in) - 1);
  CHECK_EQ(copyout_walk(&as, va + 1, out, sizeof(out)), -1);
  aspace_destroy(&as);
  check_all_given_back();
}

static void the_checker_looks_at_leaves(void)
{
  struct aspace as;
  build_leaf(&as, 'x');
  pte_t *slot = &as.low[PX(PT_LARGE_LEVEL, LARGE)], word = *slot;

  printed_clear();
  entry_write(&as, slot, word & ~PTE_U);
  CHECK_EQ(aspace_check(&as), 1);
  CHECK_EQ(aspace_check_range(&as, LARGE + PGSIZE, LARGE + PGSIZE + 1), 1);
  CHECK(strstr(printed(), "rule U: slot 1, va 0x200000: ") != NULL);
  entry_write(&as, slot, word | PTE_X);
  CHECK_EQ(aspace_check(&as), 1);
  CHECK(strstr(printed(), "rule W: va 0x200000: ") != NULL);
  entry_write(&as, slot, word);
  check_sound(&as);
  aspace_destroy(&as);
}

/* Its last page, which goes, is the table of those that stay. */
static void shrinking_into_a_leaf_needs_no_memory(void)
{
  struct aspace as;
  build_leaf(&as, 'x');
  uint64 available = pages_free(), taken = run_out();

  CHECK_EQ(aspace_shrink(&as, LARGE + SUPERPGSIZE - PGSIZE), 0);
  CHECK_EQ(level_at(&as, LARGE), 0);
  CHECK_EQ(pages_free(), available);
  CHECK_EQ(aspace_fault(&as, LARGE + SUPERPGSIZE - PGSIZE, ACCESS_READ), -1);
  CHECK_EQ(*pt_find(as.pagetable, LARGE + SUPERPGSIZE - PGSIZE, &(int){0}), 0);
  CHECK_EQ(read_at(&as, LARGE), 'x');
  check_sound(&as);

  CHECK_EQ(aspace_shrink(&as, LARGE + PGSIZE), 0);
  CHECK_EQ(pages_free() - available, BLOCK_PAGES - 2);
  CHECK_EQ(read_at(&as, LARGE), 'x');
  page_unreserve(taken);
  aspace_destroy(&as);
  check_all_given_back();
}

static void a_leaf_that_cannot_be_split_stays_accessed(void)
{
  struct aspace as;
  build_leaf(&as, 'x');
  uint64 taken = run_out();

  CHECK_EQ(aspace_test_accessed(&as, LARGE), 1);
  CHECK_EQ(aspace_test_accessed(&as, LARGE), 1);
  CHECK_EQ(level_at(&as, LARGE), PT_LARGE_LEVEL);
  page_unreserve(taken);
  CHECK_EQ(aspace_test_accessed(&as, LARGE), 1);
  CHECK_EQ(aspace_test_accessed(&as, LARGE), 0);
  aspace_destroy(&as);
  check_all_given_back();
}

/* All that can happen to a block, with the n-th allocation failing; what may
 * not fail does not. */
static bool live(struct aspace *as)
{
  struct aspace child;

  if (aspace_grow(as, 3 * SUPERPGSIZE + PGSIZE) < 0)
    return false;
  write_at(as, LARGE, 'p');
  bool forked = aspace_clone(&child, as) == 0;
  if (forked) {
    write_at(&child, LARGE, 'c');
    aspace_fault(&child, LARGE + SUPERPGSIZE, ACCESS_WRITE); /* lazy there */
    CHECK_EQ(aspace_shrink(&child, LARGE + 2 * PGSIZE), 0);
    CHECK_EQ(read_at(&child, LARGE), 'c');
    check_sound(&child);
    aspace_destroy(&child);
  }
  CHECK_EQ(read_at(as, LARGE), 'p');
  CHECK_EQ(read_at(as, LARGE + SUPERPGSIZE), 0);
  CHECK_EQ(aspace_shrink(as, LARGE + PGSIZE), 0);
  write_at(as, LARGE, 'q');
  check_sound(as);
  return forked;
}

static void a_life_survives_each_failure(void)
{
  for (int n = 1; n < 40; n++) {
    struct aspace as;
    CHECK_EQ(build_aspace(&as), 0);
    page_fail_nth(n);
    bool done = live(&as);
    page_fail_nth(0);
    CHECK(done || n < 20);
    aspace_destroy(&as);
    check_all_given_back();
  }
}

int main(void)
{
  begin_large();
  RUN(growth_reserves_blocks_where_they_fit);
  RUN(other_growth_takes_pages);
  RUN(first_touch_maps_a_block);
  RUN(without_a_block_pages_come);
  RUN(shrinking_into_a_leaf_keeps_its_head);
  RUN(shrinking_into_a_reservation_keeps_its_head);
  RUN(accessed_pages_are_told_apart);
  RUN(leaves_stand_above_the_stop);
  RUN(shrinking_into_a_leaf_needs_no_memory);
  RUN(a_leaf_that_cannot_be_split_stays_accessed);
  RUN(walking_copies_cross_leaves);
  RUN(the_checker_looks_at_leaves);
  RUN(a_life_survives_each_failure);
  return check_result();
}
