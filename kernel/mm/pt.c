/* Walking Sv39 tables, and mapping in them. A virtual address is three indices
 * of 9 bits and an offset of 12; PX(level, va) is the index in the table of
 * that level. Read mm/pt.h before. */
#include "mm/pt.h"
#include "lib/panic.h"
#include "mm/page.h"

pagetable_t pt_alloc(void)
{
  return kalloc_zeroed();
}

/* The entry of va in a table of this level, tables above it made if alloc.
 * NULL: memory is out, or there is no table, but a hole or a large leaf. */
static pte_t *entry_at(pagetable_t root, uint64 va, int level, bool alloc)
{
  pagetable_t table = root;

  assert_cmp(va, <, MAXVA);
  for (int above = PT_ROOT_LEVEL; above > level; above--) {
    pte_t *entry = &table[PX(above, va)];
    if (*entry == 0 && alloc) {
      pagetable_t made = pt_alloc();
      if (made == NULL)
        return NULL;
      *entry = pte_make_table(made);
    }
    if (!pte_is_table(*entry))
      return NULL;
    table = pte_target(*entry);
  }
  return &table[PX(level, va)];
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

/* Map with the largest leaves, up to those of level top, that fit. */
static int map_up_to(pagetable_t root, uint64 va, uint64 size, uint64 pa,
                     uint64 perm, int top)
{
  uint64 span;

  assert((va | size | pa) % PGSIZE == 0);
  for (; size > 0; va += span, pa += span, size -= span) {
    int level = top;
    while (level > 0 &&
           ((va | pa) % pt_span(level) != 0 || pt_span(level) > size))
      level--;
    span = pt_span(level);

    pte_t *entry = entry_at(root, va, level, true);
    if (entry == NULL)
      return -1;
    assert(!pte_valid(*entry));
    *entry = pte_make_leaf(pa, perm);
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
