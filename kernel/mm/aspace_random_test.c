/* A family of address spaces, on the host, that grow, shrink, write and fork
 * at random, against what each page of each must hold. */
#include <string.h>
#include "mm/aspace.h"
#include "lib/debug.h"
#include "mm/page.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"

#define NBLOCKS 6
#define MEMBERS 4
#define STEPS 6000
#define CHECK_EVERY 5
#define HEAP_END (4 * SUPERPGSIZE + 5 * PGSIZE)
#define HEAP_PAGES (HEAP_END / PGSIZE) /* numbered from address 0 */

static struct member {
  struct aspace as;
  bool lives;
  char expected[HEAP_PAGES];
  bool paid[HEAP_PAGES]; /* reserved, or written since a fork */
} family[MEMBERS];

static uint seed = 1;

static uint64 random_below(uint64 n)
{
  seed = seed * 1103515245 + 12345;
  return (seed >> 8) % n;
}

static uint64 end_page(const struct member *m)
{
  return user_end(&m->as) / PGSIZE;
}

static void begin_life(struct member *m)
{
  m->lives = build_aspace(&m->as) == 0;
  memset(m->expected, 0, sizeof(m->expected));
  memset(m->paid, 0, sizeof(m->paid));
}

static void end_life(struct member *m)
{
  aspace_destroy(&m->as);
  m->lives = false;
}

/* To a random end, or to one that is a little above an aligned one. */
static void move_break(struct member *m)
{
  uint64 end = HEAP_BASE + random_below(HEAP_END - HEAP_BASE), old = m->as.size;

  if (random_below(2))
    end = SUPERPGROUNDDOWN(end) + HEAP_BASE;
  uint64 old_page = end_page(m);
  int result =
      end >= old ? aspace_grow(&m->as, end) : aspace_shrink(&m->as, end);
  if (result < 0) {
    CHECK_EQ(m->as.size, old);
    return;
  }
  uint64 first = min_u64(old_page, end_page(m));
  memset(&m->expected[first], 0, HEAP_PAGES - first);
  memset(&m->paid[first], end >= old, HEAP_PAGES - first);
}

/* What is paid never fails. */
static void write_pages(struct member *m)
{
  uint64 heap = HEAP_BASE / PGSIZE, npages = end_page(m) - heap;

  for (int i = 0; i < 8 && npages > 0; i++) {
    uint64 page = heap + random_below(npages);
    char *byte = byte_at(&m->as, page * PGSIZE, ACCESS_WRITE);
    CHECK(byte != NULL || !m->paid[page]);
    if (byte == NULL)
      continue;
    *byte = m->expected[page] = (char)random_below(128);
    m->paid[page] = true;
  }
}

static void fork_to(struct member *m, struct member *other)
{
  if (other->lives)
    end_life(other);
  other->lives = aspace_clone(&other->as, &m->as) == 0;
  memcpy(other->expected, m->expected, sizeof(m->expected));
  memset(other->paid, 0, sizeof(other->paid));
  for (uint64 page = 0; page < HEAP_PAGES; page++) {
    int level;
    pte_t word = *pt_find(m->as.pagetable, page * PGSIZE, &level);
    m->paid[page] = m->paid[page] && !pte_valid(word);
  }
}

static bool has_leaf(struct member *m)
{
  for (uint64 va = SUPERPGSIZE; va < HEAP_END; va += SUPERPGSIZE) {
    int level;
    pte_t word = *pt_find(m->as.pagetable, va, &level);
    if (pte_is_leaf(word) && level == PT_LARGE_LEVEL)
      return true;
  }
  return false;
}

static void check_member(struct member *m)
{
  CHECK_EQ(aspace_check(&m->as), 0);
  for (uint64 page = HEAP_BASE / PGSIZE; page < end_page(m); page++) {
    char *byte = byte_at(&m->as, page * PGSIZE, ACCESS_READ);
    if (byte != NULL)
      CHECK_EQ(*byte, m->expected[page]);
    else
      CHECK(!m->paid[page] && m->expected[page] == 0); /* lazy */
  }
}

static void step(void)
{
  struct member *m = &family[random_below(MEMBERS)];
  struct member *other = &family[random_below(MEMBERS)];

  page_fail_nth(random_below(4)); /* 0: none */
  if (!m->lives) {
    begin_life(m);
    return;
  }
  switch (random_below(8)) {
  case 0:
    if (other != m)
      fork_to(m, other);
    break;
  case 1:
  case 2:
    move_break(m);
    break;
  case 3:
    if (random_below(4) == 0)
      end_life(m);
    break;
  case 4:
    aspace_test_accessed(&m->as, random_below(HEAP_END));
    break;
  default:
    write_pages(m);
  }
}

static void each_holds_what_it_wrote(void)
{
  uint64 before = pages_free();
  int leaves_seen = 0;

  for (int i = 0; i < STEPS; i++) {
    step();
    page_fail_nth(0);
    CHECK(pages_reserved() <= pages_free()); /* P1 */
    struct member *m = &family[i % MEMBERS];
    leaves_seen += m->lives && has_leaf(m);
    if (m->lives && i % CHECK_EVERY == 0)
      check_member(m);
  }
  CHECK(leaves_seen > 0);
  for (int j = 0; j < MEMBERS; j++)
    if (family[j].lives)
      end_life(&family[j]);
  CHECK_EQ(pages_free(), before);
  CHECK_EQ(pages_reserved(), 0);
}

int main(void)
{
  host_kernel(NBLOCKS * BLOCK_PAGES);
  RUN(each_holds_what_it_wrote);
  return check_result();
}
