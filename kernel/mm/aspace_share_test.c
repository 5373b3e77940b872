/* Leaves of 2 MiB that two address spaces share, on the host. */
#include "arch/csr.h"
#include "tests/host/large.h"

/* Two address spaces that share a leaf. */
static void build_family(struct aspace *parent, struct aspace *child)
{
  build_leaf(parent, 'p');
  uint64 promised = pages_promised(), image = IMAGE_PAGES; /* data, stack */
  CHECK_EQ(clone_aspace(child, parent), 0);
  CHECK_EQ(pages_promised() - promised, PROMISES_OF_LARGE + image);
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

/* The writer goes on with pages; the other with its leaf, until it writes: a
 * block of which some pages are its own alone is not copied. */
static void without_a_block_a_page_is_copied(void)
{
  struct aspace parent, child;
  build_family(&parent, &child);
  uint64 available = pages_free(), promised = pages_promised();

  page_fail_nth(1);
  write_at(&child, LARGE, 'c');
  CHECK_EQ(level_at(&child, LARGE), 0);
  CHECK_EQ(available - pages_free(), 2); /* a table and a page */
  CHECK_EQ(promised - pages_promised(), 2);
  CHECK_EQ(level_at(&parent, LARGE), PT_LARGE_LEVEL);
  CHECK_EQ(read_at(&parent, LARGE), 'p');

  write_at(&parent, LARGE, 'q');
  CHECK_EQ(level_at(&parent, LARGE), 0);
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

    aspace_shrink(shrinks, LARGE + PGSIZE);
    CHECK_EQ(read_at(shrinks, LARGE), 'p');
    CHECK_EQ(level_at(stays, LARGE), PT_LARGE_LEVEL);
    write_at(stays, LARGE, 's'); /* shared in its first page alone */
    write_at(stays, LARGE + SUPERPGSIZE - 1, 's');
    CHECK_EQ(read_at(shrinks, LARGE), 'p');
    check_family(&both[0], &both[1]);
  }
}

static void a_shared_promise_is_promised_twice(void)
{
  struct aspace parent, child;
  build_large(&parent);
  CHECK_EQ(clone_aspace(&child, &parent), 0);
  CHECK_EQ(pages_promised(), 2 * PROMISES_OF_LARGE + IMAGE_PAGES);
  write_at(&child, LARGE, 'c');
  CHECK_EQ(read_at(&parent, LARGE), 0);
  check_family(&parent, &child);
}

int main(void)
{
  begin_large();
  RUN(a_write_copies_a_shared_block);
  RUN(without_a_block_a_page_is_copied);
  RUN(with_interrupts_off_a_page_is_copied);
  RUN(either_may_shrink_into_a_shared_leaf);
  RUN(a_shared_promise_is_promised_twice);
  return check_result();
}
