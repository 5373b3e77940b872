#include "mm/pt.h"
#include "lib/panic.h"
#include "mm/page.h"

pagetable_t pt_alloc(void)
{
  return kalloc_zeroed();
}

/* The table that an entry points to, made if it is absent and alloc. NULL
 * if there is none or the entry stands for memory itself. */
static pagetable_t table_under(pte_t *entry, bool alloc)
{
  if (pte_is_table(*entry))
    return pte_target(*entry);
  if (*entry != 0 || !alloc)
    return NULL;

  pagetable_t table = pt_alloc();
  if (table != NULL)
    *entry = pte_make_table(table);
  return table;
}

/* The entry of va in the given level, tables above it made if alloc. */
static pte_t *entry_at(pagetable_t root, uint64 va, int level, bool alloc)
{
  pagetable_t table = root;

  assert_cmp(va, <, MAXVA);
  for (int above = PT_ROOT_LEVEL; above > level && table != NULL; above--)
    table = table_under(&table[PX(above, va)], alloc);
  return table != NULL ? &table[PX(level, va)] : NULL;
}

pte_t *walk(pagetable_t root, uint64 va, int alloc)
{
  return entry_at(root, va, 0, alloc);
}

pte_t *pt_find(pagetable_t root, uint64 va, int *level)
{
  pagetable_t table = root;
  pte_t *entry;

  assert_cmp(va, <, MAXVA);
  for (*level = PT_ROOT_LEVEL;; --*level) {
    entry = &table[PX(*level, va)];
    if (*level == 0 || !pte_is_table(*entry))
      return entry;
    table = pte_target(*entry);
  }
}

static bool aligned(uint64 va, uint64 pa, uint64 span)
{
  return ((va | pa) & (span - 1)) == 0;
}

/* The highest level, up to top, whose leaf fits at va and pa in size bytes.*/
static int largest_level(uint64 va, uint64 pa, uint64 size, int top)
{
  int level = top;
  while (level > 0 &&
         !(aligned(va, pa, pt_span(level)) && pt_span(level) <= size))
    level--;
  return level;
}

static int map_up_to(pagetable_t root, uint64 va, uint64 size, uint64 pa,
                     uint64 perm, int top)
{
  assert(aligned(va | size, pa, PGSIZE));
  while (size > 0) {
    int level = largest_level(va, pa, size, top);
    pte_t *entry = entry_at(root, va, level, true);
    if (entry == NULL)
      return -1;
    assert(!pte_valid(*entry));
    *entry = pte_make_leaf(pa, perm);

    uint64 done = pt_span(level);
    va += done;
    pa += done;
    size -= done;
  }
  return 0;
}

int mappages(pagetable_t root, uint64 va, uint64 size, uint64 pa, uint64 perm)
{
  return map_up_to(root, va, size, pa, perm, 0);
}

int pt_map_large(pagetable_t root, uint64 va, uint64 size, uint64 pa,
                 uint64 perm)
{
  return map_up_to(root, va, size, pa, perm, PT_ROOT_LEVEL);
}

void pt_visit(pagetable_t table, int level, uint64 va, pt_visitor visit,
              void *context)
{
  for (int i = 0; i < PT_ENTRIES; i++) {
    uint64 entry_va = va + i * pt_span(level);
    if (table[i] != 0 && visit(&table[i], level, entry_va, context) &&
        level > 0 && pte_is_table(table[i]))
      pt_visit(pte_target(table[i]), level - 1, entry_va, visit, context);
  }
}
