/* Page tables on the host. */
#include "mm/pt.h"
#include "lib/debug.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "mm/page.h"

#define GIB (1L << 30)

static void free_table(pagetable_t table, int level)
{
  for (int i = 0; level > 0 && i < PT_ENTRIES; i++)
    if (pte_is_table(table[i]))
      free_table(pte_target(table[i]), level - 1);
  kfree(table);
}

/* The leaf that maps va and its level; NULL if nothing does. */
static pte_t *leaf_of(pagetable_t root, uint64 va, int *level)
{
  pte_t *entry = pt_find(root, va, level);
  return pte_is_leaf(*entry) ? entry : NULL;
}

static void walk_makes_tables_only_if_asked(void)
{
  uint64 before = pages_free();
  pagetable_t root = kalloc_zeroed();

  CHECK(walk(root, 0x5000, 0) == NULL);
  CHECK_EQ(before - pages_free(), 1);
  pte_t *entry = walk(root, 0x5000, 1);
  CHECK(entry != NULL && *entry == 0);
  CHECK_EQ(before - pages_free(), 3);
  CHECK(walk(root, 0x5000, 0) == entry);
  CHECK(walk(root, 0x6000, 0) == entry + 1);
  CHECK(walk(root, MAXVA - PGSIZE, 0) == NULL);
  free_table(root, PT_ROOT_LEVEL);
  CHECK_EQ(pages_free(), before);
}

static void walk_fails_without_memory(void)
{
  uint64 before = pages_free();
  for (int n = 1; n <= 2; n++) {
    pagetable_t root = kalloc_zeroed();
    page_fail_nth(n);
    CHECK(walk(root, 0, 1) == NULL);
    page_fail_nth(0);
    free_table(root, PT_ROOT_LEVEL);
    CHECK_EQ(pages_free(), before);
  }
}

static void mappages_maps_each_page(void)
{
  pagetable_t root = kalloc_zeroed();
  const uint64 va = SUPERPGSIZE - 2 * PGSIZE, pa = 0x80200000;

  CHECK_EQ(mappages(root, va, 4 * PGSIZE, pa, PTE_R | PTE_W), 0);
  for (int i = 0; i < 4; i++) {
    int level;
    pte_t *leaf = leaf_of(root, va + i * PGSIZE + 5, &level);
    CHECK(leaf != NULL && level == 0);
    CHECK_EQ(PTE2PA(*leaf), pa + i * PGSIZE);
    CHECK_EQ(PTE_FLAGS(*leaf), PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
  }
  int level;
  CHECK(leaf_of(root, va - 1, &level) == NULL);
  CHECK(leaf_of(root, va + 4 * PGSIZE, &level) == NULL);
  free_table(root, PT_ROOT_LEVEL);
}

static void check_level(pagetable_t root, uint64 va, int expected)
{
  int level;
  pte_t *leaf = leaf_of(root, va, &level);
  CHECK(leaf != NULL);
  CHECK_EQ(level, expected);
  CHECK_EQ(PTE2PA(*leaf) + va % pt_span(level), va);
}

static void large_leaves_where_they_fit(void)
{
  pagetable_t root = kalloc_zeroed();
  const uint64 start = GIB - SUPERPGSIZE - PGSIZE;

  CHECK_EQ(mappages(root, start, 2 * GIB, start, PTE_R), 0);
  check_level(root, start, 0);
  check_level(root, start + PGSIZE, 1);
  check_level(root, GIB, 2);
  check_level(root, 2 * GIB, 1);
  check_level(root, start + 2 * GIB - PGSIZE, 0);
  CHECK(walk(root, GIB, 1) == NULL); /* a leaf is in the way */
  free_table(root, PT_ROOT_LEVEL);
}

static bool count_entry(pte_t *pte, int level, uint64 va, void *context)
{
  (void)pte;
  int *count = context;
  count[level]++;
  return va != GIB; /* pass over what the second root entry holds */
}

static void visit_is_depth_first_and_prunes(void)
{
  pagetable_t root = kalloc_zeroed();
  int count[3] = {0};

  CHECK_EQ(mappages(root, 0, 3 * PGSIZE, 0x80000000, PTE_R), 0);
  CHECK_EQ(mappages(root, GIB, PGSIZE, 0x80000000, PTE_R), 0);
  pt_visit(root, PT_ROOT_LEVEL, 0, count_entry, count);
  CHECK_EQ(count[2], 2);
  CHECK_EQ(count[1], 1);
  CHECK_EQ(count[0], 3);
  free_table(root, PT_ROOT_LEVEL);
}

int main(void)
{
  host_memory(64);
  RUN(walk_makes_tables_only_if_asked);
  RUN(walk_fails_without_memory);
  RUN(mappages_maps_each_page);
  RUN(large_leaves_where_they_fit);
  RUN(visit_is_depth_first_and_prunes);
  return check_result();
}
