/* Leaves of 2 MiB that two address spaces share, on the host. */
#include "arch/csr.h"
#include "lib/debug.h"
#include "tests/host/large.h"

/* Two address spaces that share a leaf. */
static void build_family(struct aspace *parent, struct aspace *child)
{
  build_leaf(parent, 'p');
  CHECK_EQ(aspace_clone(child, parent), 0);
  CHECK_EQ(pages_reserved(), 0);
  CHECK_EQ(level_at(child, LARGE), PT_LARGE_LEVEL);
  CHECK(byte_at(parent, LARGE, ACCESS_READ) ==
        byte_at(child, LARGE, ACCESS_READ));
  CHECK(aspace_pte(parent, LARGE) & PTE_W);
  CHECK(!aspace_permits(parent, LARGE, ACCESS_WRITE));
}

static void check_family(struct aspace *parent, struct aspace *child)
{
  check_sound(parent);
  check_sound(child);
  aspace_destroy(parent);
  aspace_destroy(child);
  check_all_given_back();
}

static void a_write_copies_a_shared_block(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  char *block = byte_at(&parent, LARGE, ACCESS_READ);

  write_at(&child, LARGE, 'c');
  CHECK_EQ(level_at(&child, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&child, LARGE + SUPERPGSIZE - 1), 'p');
  CHECK_EQ(read_at(&parent, LARGE), 'p');
  write_at(&parent, LARGE, 'q');
  CHECK(byte_at(&parent, LARGE, ACCESS_READ) == block);
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&child, LARGE), 'c');
  check_family(&parent, &child);
}

/* The writer goes on with pages; the other with its leaf, and with a copy of it
 * if there is a block then, though it has some of the pages alone. */
static void without_a_block_a_page_is_copied(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  uint64 available = pages_free();

  page_fail_nth(1);
  write_at(&child, LARGE, 'c');
  CHECK_EQ(level_at(&child, LARGE), 0);
  CHECK_EQ(available - pages_free(), 2); /* a table and a page */
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&parent, LARGE), 'p');

  write_at(&parent, LARGE, 'q');
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&child, LARGE), 'c');
  write_at(&parent, LARGE + SUPERPGSIZE - 1, 'r');
  CHECK_EQ(read_at(&child, LARGE + SUPERPGSIZE - 1), 'p');
  check_family(&parent, &child);
}

static void with_interrupts_off_a_page_is_copied(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  uint64 available = pages_free();

  host_irqs_on = false;
  write_at(&child, LARGE, 'c');
  host_irqs_on = true;
  CHECK_EQ(level_at(&child, LARGE), 0);
  CHECK_EQ(available - pages_free(), 2); /* a table and a page */
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&parent, LARGE), 'p');
  CHECK_EQ(read_at(&child, LARGE + SUPERPGSIZE - 1), 'p');
  check_family(&parent, &child);
}

static void either_may_shrink_into_a_shared_leaf(void)
{
  for (int who = 0; who < 2; who++) {
    struct aspace both[2], *shrinks = &both[who], *stays = &both[!who];
    build_family(&both[0], &both[1]);

    CHECK_EQ(aspace_shrink(shrinks, LARGE + PGSIZE), 0);
    CHECK_EQ(read_at(shrinks, LARGE), 'p');
    CHECK_EQ(level_at(stays, LARGE), PT_LARGE_LEVEL);
    write_at(stays, LARGE, 's'); /* shared in its first page alone */
    write_at(stays, LARGE + SUPERPGSIZE - 1, 's');
    CHECK_EQ(read_at(shrinks, LARGE), 'p');
    check_family(&both[0], &both[1]);
  }
}

/* In the child, what is reserved for the parent is lazy heap, to which single
 * pages come; whoever ends first gives back what is his. */
static void reservations_stay_the_parents(void)
{
  for (int first = 0; first < 2; first++) {
    struct aspace both[2], *parent = &both[0], *child = &both[1];
    build_large(parent);
    CHECK_EQ(aspace_grow(parent, LARGE + SUPERPGSIZE + 3 * PGSIZE), 0);
    write_at(parent, LARGE + SUPERPGSIZE, 'p');
    CHECK_EQ(aspace_clone(child, parent), 0);
    CHECK_EQ(pages_reserved(), LARGE_RESERVATION + 2);
    CHECK_EQ(aspace_pte(child, LARGE), 0);
    CHECK_EQ(aspace_pte(child, LARGE + SUPERPGSIZE + PGSIZE), 0);

    write_at(child, LARGE, 'c');
    CHECK_EQ(level_at(child, LARGE), 0);
    write_at(child, LARGE + SUPERPGSIZE + PGSIZE, 'c');
    CHECK_EQ(pages_reserved(), LARGE_RESERVATION + 2);
    CHECK_EQ(aspace_shrink(child, LARGE + PGSIZE), 0);
    CHECK_EQ(pages_reserved(), LARGE_RESERVATION + 2);

    check_sound(parent);
    check_sound(child);
    aspace_destroy(&both[first]);
    CHECK_EQ(pages_reserved(), first == 0 ? 0 : LARGE_RESERVATION + 2);
    aspace_destroy(&both[!first]);
    check_all_given_back();
  }
}

/* A fork takes tables and two pages, however much is shared and however little
 * is free. */
static void a_fork_reserves_nothing(void)
{
  struct aspace parent, child, grandchild;
  build_leaf(&parent, 'p');
  uint64 taken = run_out(), pages = 10;

  page_unreserve(pages);
  CHECK_EQ(aspace_clone(&child, &parent), 0);
  CHECK_EQ(pages_reserved(), taken - pages);
  page_unreserve(pages);
  CHECK_EQ(aspace_clone(&grandchild, &child), 0);
  CHECK_EQ(read_at(&grandchild, LARGE), 'p');
  aspace_destroy(&child);
  page_unreserve(taken - 2 * pages);
  check_family(&parent, &grandchild);
}

/* Who is alone writes at once, and so does who is left alone. */
static void a_write_to_what_is_shared_fails_without_memory(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  uint64 taken = run_out(), available = pages_free();

  CHECK_EQ(aspace_fault(&child, LARGE, ACCESS_WRITE), OUT_OF_MEMORY);
  CHECK_EQ(aspace_fault(&child, PGSIZE, ACCESS_WRITE), OUT_OF_MEMORY);
  CHECK_EQ(aspace_fault(&child, 0, ACCESS_WRITE), -1); /* text */
  CHECK_EQ(read_at(&child, LARGE), 'p');
  CHECK_EQ(level_at(&child, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(pages_free(), available);
  check_sound(&child);

  CHECK_EQ(aspace_shrink(&child, 0), 0);
  host_irqs_on = false; /* there is nothing to copy */
  write_at(&parent, LARGE, 'q');
  host_irqs_on = true;
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  write_at(&parent, PGSIZE, 'q');
  page_unreserve(taken);
  check_family(&parent, &child);
}

/* Where a shared leaf is cut, its pages need a table; at its end, they do
 * not. */
static void shrinking_into_a_shared_leaf_takes_a_page(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  uint64 taken = run_out(), size = child.size;

  CHECK_EQ(aspace_shrink(&child, size - PGSIZE), -1);
  CHECK_EQ(child.size, size);
  CHECK_EQ(read_at(&child, size - 1), 'p');
  CHECK_EQ(level_at(&child, LARGE), PT_LARGE_LEVEL);
  check_sound(&child);

  page_unreserve(1);
  CHECK_EQ(aspace_shrink(&child, size - PGSIZE), 0);
  CHECK_EQ(aspace_shrink(&child, LARGE + PGSIZE), 0);
  CHECK_EQ(read_at(&child, LARGE), 'p');

  /* The parent has the last page alone by now. */
  CHECK_EQ(aspace_shrink(&parent, LARGE + PGSIZE), 0);
  CHECK_EQ(read_at(&parent, LARGE), 'p');
  CHECK_EQ(aspace_shrink(&parent, LARGE), 0);
  page_unreserve(taken - 1);
  check_family(&parent, &child);
}

static struct aspace *cut_space;
static int nfences;

/* At a fence: no user leaf maps the table that stands for the leaf. */
static void look_for_the_table(void)
{
  pagetable_t table = pte_target(cut_space->low[PX(PT_LARGE_LEVEL, LARGE)]);

  CHECK_EQ(level_at(cut_space, LARGE), 0);
  for (int i = 0; i < PT_ENTRIES; i++)
    CHECK(!pte_valid(table[i]) || pte_target(table[i]) != table);
  nfences++;
}

/* The page that becomes a table is out of reach before the flush that must see
 * to that, though it alone is cut off. */
static void a_cut_leaf_flushes_its_table(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  aspace_destroy(&child);
  host_enter(&parent);
  write_at(&parent, LARGE, 'q');
  uint64 taken = run_out();

  cut_space = &parent;
  nfences = 0;
  host_on_fence = look_for_the_table;
  CHECK_EQ(aspace_shrink(&parent, parent.size - PGSIZE), 0);
  host_on_fence = NULL;
  CHECK(nfences > 0);
  page_unreserve(taken);
  host_leave();
  aspace_destroy(&parent);
  check_all_given_back();
}

int main(void)
{
  begin_large();
  RUN(a_write_copies_a_shared_block);
  RUN(without_a_block_a_page_is_copied);
  RUN(with_interrupts_off_a_page_is_copied);
  RUN(either_may_shrink_into_a_shared_leaf);
  RUN(reservations_stay_the_parents);
  RUN(a_fork_reserves_nothing);
  RUN(a_write_to_what_is_shared_fails_without_memory);
  RUN(shrinking_into_a_shared_leaf_takes_a_page);
  RUN(a_cut_leaf_flushes_its_table);
  return check_result();
}
