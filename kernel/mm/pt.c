/* Walking Sv39 tables, and mapping in them. A virtual address is three indices
 * of 9 bits and an offset of 12; PX(level, va) is the index in the table of
 * that level. Read mm/pt.h before. */
#include "mm/pt.h"
#include "lib/panic.h"
#include "mm/page.h"

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

/* The entry of va in this level, as walk finds it in level 0. */
static pte_t *entry_at(pagetable_t root, uint64 va, int level, bool alloc)
{
  for (;;) {
    int at;
    pte_t *entry = pt_find(root, va, &at);
    if (at <= level)
      return entry;
    pagetable_t made = alloc && *entry == 0 ? kalloc_zeroed() : NULL;
    if (made == NULL)
      return NULL;
    *entry = pte_make_table(made);
  }
}

pte_t *walk(pagetable_t root, uint64 va, int alloc)
{
  return entry_at(root, va, 0, alloc);
}

int mappages(pagetable_t root, uint64 va, uint64 size, uint64 pa, uint64 perm)
{
  uint64 span;
  assert((va | size | pa) % PGSIZE == 0);
  for (; size > 0; va += span, pa += span, size -= span) {
    int level = PT_ROOT_LEVEL;
    while ((va | pa) % pt_span(level) != 0 || pt_span(level) > size)
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
