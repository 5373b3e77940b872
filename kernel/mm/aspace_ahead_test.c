/* Pages that come ahead of their first touch, on the host: how many, when, and
 * that nobody can tell. */
#include "mm/aspace.h"
#include "arch/csr.h"
#include "mm/page.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"
#include "tests/host/large.h"
#include "tests/host/stubs.h"

#define NPAGES 64
#define PAGE_AT(i) (HEAP_BASE + (i) * (uint64)PGSIZE)

static void build_heap(struct aspace *as, uint64 npages)
{
  CHECK_EQ(build_aspace(as), 0);
  CHECK_EQ(aspace_grow(as, PAGE_AT(npages)), 0);
}

static void end(struct aspace *as)
{
  check_sound(as);
  aspace_destroy(as);
  check_all_given_back();
}

static pte_t word_at(struct aspace *as, uint64 va)
{
  int level;
  return *pt_find(as->pagetable, va, &level);
}

/* The pages that a touch of page i brings. */
static uint64 brought_by(struct aspace *as, uint64 i)
{
  uint64 reserved = pages_reserved(), available = pages_free() - reserved;

  write_at(as, PAGE_AT(i), 'a' + i % 26);
  CHECK_EQ(pages_free() - pages_reserved(), available);
  CHECK(word_at(as, PAGE_AT(i)) & PTE_A);
  return reserved - pages_reserved();
}

static void in_order_twice_as_many_come(void)
{
  struct aspace as;
  uint64 there = 0, next = 1;

  build_heap(&as, NPAGES);
  for (uint64 i = 0; i < NPAGES; i++) {
    uint64 expected = i == there ? min_u64(next, NPAGES - there) : 0;
    CHECK_EQ(brought_by(&as, i), expected);
    there += expected;
    if (expected > 0)
      next = min_u64(2 * next, 16);
    for (uint64 j = i + 1; j < NPAGES; j++)
      CHECK(!(word_at(&as, PAGE_AT(j)) & PTE_A));
  }
  for (uint64 i = 0; i < NPAGES; i++)
    CHECK_EQ(read_at(&as, PAGE_AT(i)), 'a' + i % 26);
  end(&as);
}

static void backwards_one_comes(void)
{
  struct aspace as;

  build_heap(&as, NPAGES);
  for (uint64 i = NPAGES; i-- > 0;)
    CHECK_EQ(brought_by(&as, i), 1);
  end(&as);
}

static void out_of_order_one_comes(void)
{
  struct aspace as;

  build_heap(&as, NPAGES);
  for (uint64 i = 0; i < NPAGES; i++)
    CHECK_EQ(brought_by(&as, i * 27 % NPAGES), 1);
  end(&as);
}

/* In order, but one that came ahead was left out. */
static void a_page_left_out_ends_the_order(void)
{
  struct aspace as;

  build_heap(&as, NPAGES);
  CHECK_EQ(brought_by(&as, 0), 1);
  CHECK_EQ(brought_by(&as, 1), 2);
  CHECK_EQ(brought_by(&as, 3), 1);
  CHECK_EQ(brought_by(&as, 4), 2);
  CHECK_EQ(brought_by(&as, 5), 0);
  CHECK_EQ(brought_by(&as, 6), 4);
  end(&as);
}

static void with_interrupts_off_one_comes(void)
{
  struct aspace as;

  build_heap(&as, NPAGES);
  host_irqs_on = false;
  for (uint64 i = 0; i < 8; i++)
    CHECK_EQ(brought_by(&as, i), 1);
  host_irqs_on = true;
  CHECK_EQ(brought_by(&as, 8), 2);
  end(&as);
}

/* What follows is lazy, beyond the break, or in another table. */
static void only_reserved_pages_of_a_table_come(void)
{
  struct aspace as;
  uint64 last = (SUPERPGSIZE - HEAP_BASE) / PGSIZE - 1; /* of the first table */

  build_heap(&as, 2);
  CHECK_EQ(aspace_grow_lazily(&as, PAGE_AT(3)), 0);
  CHECK_EQ(aspace_grow(&as, PAGE_AT(last + 20)), 0);
  CHECK_EQ(brought_by(&as, 0), 1);
  CHECK_EQ(brought_by(&as, 1), 1);
  CHECK_EQ(word_at(&as, PAGE_AT(2)), 0);

  CHECK_EQ(brought_by(&as, last - 1), 1);
  CHECK_EQ(brought_by(&as, last), 1);
  CHECK_EQ(brought_by(&as, last + 1), 1);
  CHECK_EQ(brought_by(&as, last + 2), 2);
  CHECK_EQ(brought_by(&as, last + 3), 0);
  CHECK_EQ(aspace_shrink(&as, PAGE_AT(last + 6)), 0);
  CHECK_EQ(brought_by(&as, last + 4), 2);
  CHECK_EQ(brought_by(&as, last + 5), 0);
  CHECK_EQ(aspace_fault(&as, PAGE_AT(last + 6), ACCESS_WRITE), -1);
  end(&as);
}

static void what_came_ahead_was_not_accessed(void)
{
  struct aspace as;

  build_heap(&as, NPAGES);
  brought_by(&as, 0);
  brought_by(&as, 1);
  CHECK_EQ(aspace_test_accessed(&as, PAGE_AT(1)), 1);
  CHECK_EQ(aspace_test_accessed(&as, PAGE_AT(2)), 0);
  CHECK(!(aspace_pte(&as, PAGE_AT(2)) & (PTE_AHEAD | PTE_A)));
  CHECK_EQ(read_at(&as, PAGE_AT(2)), 0);
  CHECK_EQ(aspace_test_accessed(&as, PAGE_AT(2)), 1);
  CHECK_EQ(aspace_test_accessed(&as, PAGE_AT(2)), 0);
  CHECK_EQ(brought_by(&as, 3), 1); /* nobody knows any more */
  end(&as);
}

/* The reservation stays the parent's, though none is left; to the child
 * what was not touched is lazy. */
static void fork_leaves_the_parent_what_came_ahead(void)
{
  struct aspace as, child;

  build_heap(&as, NPAGES);
  for (uint64 i = 0; i < 4; i++)
    brought_by(&as, i);
  CHECK_EQ(aspace_test_accessed(&as, PAGE_AT(2)), 1); /* it came ahead */
  CHECK_EQ(aspace_clone(&child, &as), 0);
  uint64 taken = run_out();
  CHECK_EQ(word_at(&child, PAGE_AT(4)), 0);
  write_at(&as, PAGE_AT(4), 'p');
  CHECK_EQ(read_at(&as, PAGE_AT(4)), 'p');
  CHECK_EQ(brought_by(&as, 5), 0);
  CHECK_EQ(aspace_fault(&child, PAGE_AT(4), ACCESS_WRITE), OUT_OF_MEMORY);
  page_unreserve(taken);

  CHECK_EQ(read_at(&child, PAGE_AT(2)), 'c'); /* though it has no A */
  CHECK_EQ(read_at(&child, PAGE_AT(4)), 0);
  write_at(&child, PAGE_AT(3), 'c');
  CHECK_EQ(read_at(&as, PAGE_AT(3)), 'd');
  check_sound(&child);
  aspace_destroy(&child);
  end(&as);
}

static void both_tables_have_what_came_ahead(void)
{
  struct aspace as;
  int level;

  build_heap(&as, NPAGES);
  if (has_private_table(&as)) {
    for (uint64 i = 0; i < 8; i++) {
      brought_by(&as, i);
      for (uint64 j = 0; j < NPAGES; j++)
        CHECK_EQ(*pt_find(as.kpagetable, PAGE_AT(j), &level),
                 word_at(&as, PAGE_AT(j)));
    }
  }
  end(&as);
}

int main(void)
{
  begin_large();
  RUN(in_order_twice_as_many_come);
  RUN(backwards_one_comes);
  RUN(out_of_order_one_comes);
  RUN(a_page_left_out_ends_the_order);
  RUN(with_interrupts_off_one_comes);
  RUN(only_reserved_pages_of_a_table_come);
  RUN(what_came_ahead_was_not_accessed);
  RUN(fork_leaves_the_parent_what_came_ahead);
  RUN(both_tables_have_what_came_ahead);
  return check_result();
}
