#include "mm/aspace_entry.h"
#include "arch/csr.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/kpagetable.h"
#include "mm/layout.h"
#include "sync/spinlock.h"

/* What aspace_unmap takes away. */
struct removal {
  struct aspace *as;
  uint64 start, end;
};

void entry_write_mirrored(struct aspace *as, pte_t *entry, pte_t word)
{
  irq_push(); /* nobody sees one of the two stores without the other */
  kpagetable_set_slot(as->low, as->kpagetable, entry - as->low, word); /* M */
  irq_pop();
}

pte_t *entry_find(struct aspace *as, uint64 va, int *level)
{
  return pt_find(as->pagetable, va, level);
}

pte_t *entry_make(struct aspace *as, uint64 va, int level)
{
  pagetable_t table = as->pagetable;

  for (int above = PT_ROOT_LEVEL; above > level; above--) {
    pte_t *entry = &table[PX(above, va)];
    if (*entry == 0) {
      pagetable_t made = pt_alloc();
      if (made == NULL)
        return NULL;
      table_fence(); /* no walk finds the table before it is empty */
      entry_write(as, entry, pte_make_table(made));
    }
    debug_assert(pte_is_table(*entry));
    table = pte_target(*entry);
  }
  return &table[PX(level, va)];
}

/* Let a table of the first npages that a large entry stands for take its place.
 */
static void split_into(struct aspace *as, pte_t *entry, pagetable_t table,
                       uint64 npages)
{
  pte_t word = *entry, step = pte_valid(word) ? PA2PTE(PGSIZE) : 0;

  if (pte_valid(word))
    page_block_part(pte_target(word));
  for (uint64 i = 0; i < PT_ENTRIES; i++)
    table[i] = i < npages ? word + i * step : 0;
  entry_write(as, entry, pte_make_table(table)); /* M; U, W: as it was */
  aspace_flush(as); /* no hart keeps the leaf when the pages change */
}

int entry_split(struct aspace *as, pte_t *entry)
{
  pagetable_t table = pte_valid(*entry) ? kalloc() : kalloc_reserved();
  if (table == NULL)
    return -1;
  split_into(as, entry, table, PT_ENTRIES);
  return 0;
}

int entry_cut(struct aspace *as, uint64 va)
{
  if (va % SUPERPGSIZE == 0 || SUPERPGROUNDUP(va) > user_end(as))
    return 0; /* no large entry goes beyond the break */

  int level;
  pte_t *entry = entry_find(as, va, &level);
  if (!entry_is_large(*entry, level) || entry_split(as, entry) == 0)
    return 0;

  /* Memory is out. The last page goes in any case, so that it can be the table
   * if nobody else has it. */
  char *block = pte_target(*entry);
  pagetable_t last = (pagetable_t)(block + SUPERPGSIZE - PGSIZE);
  page_block_part(block);
  if (page_is_shared(last))
    return -1;
  split_into(as, entry, last, PT_ENTRIES - 1);
  return 0;
}

bool entry_permits(pte_t pte, enum access access)
{
  static const pte_t needed[] = {
      [ACCESS_READ] = PTE_V | PTE_U | PTE_R,
      [ACCESS_WRITE] = PTE_V | PTE_U | PTE_W,
      [ACCESS_EXECUTE] = PTE_V | PTE_U | PTE_X,
  };
  return (pte & needed[access]) == needed[access];
}

void aspace_check_touched(struct aspace *as, uint64 start, uint64 end)
{
  for (uint64 va = start; DEBUG && va < end;
       va = SUPERPGROUNDDOWN(va) + SUPERPGSIZE)
    assert(aspace_check_around(as, va) == 0);
}

/* Clear n entries of a level-0 table that stays, for addresses from va on, and
 * give back what they stood for: unreachable first, then flushed, then free. */
static void remove_pages(struct aspace *as, pte_t *entries, uint64 n, uint64 va)
{
  uint64 nvalid = 0;

  for (uint64 i = 0; i < n; i++) {
    if (!pte_valid(entries[i]))
      continue;
    entries[i] &= ~PTE_V;
    if (nvalid++ == 0)
      va += i * PGSIZE;
  }
  if (nvalid == 1)
    aspace_flush_leaf(as, va);
  else if (nvalid > 1)
    aspace_flush(as);
  pages_put(entries, n);
  memset(entries, 0, n * sizeof(entries[0]));
}

static void remove_large(struct aspace *as, pte_t *entry)
{
  pte_t word = *entry;

  entry_write(as, entry, 0);
  if (pte_valid(word)) {
    aspace_flush(as);
    page_block_put(pte_target(word));
  } else {
    page_unreserve(LARGE_RESERVATION);
  }
}

/* Whether a table that spans [va, va + span) may go: if nothing below the
 * range needs it, and beyond the range there is only the high pair. The low
 * level-1 page always stays. */
static bool table_goes(const struct removal *removal, const void *table,
                       uint64 va, uint64 span)
{
  return va >= removal->start && va + span < MAXVA && table != removal->as->low;
}

static void remove_entries(const struct removal *removal, pagetable_t table,
                           int level, uint64 va);

/* What a table holds of the range: its entries, each with its flush, unless
 * the table itself is out of reach. */
static void remove_held(const struct removal *removal, pagetable_t table,
                        int level, uint64 va, bool reachable)
{
  struct aspace *as = removal->as;

  if (level > 0) {
    remove_entries(removal, table, level, va);
    return;
  }
  uint64 start = max_u64(removal->start, va);
  pte_t *first = table + (start - va) / PGSIZE;
  uint64 n = (min_u64(removal->end, va + SUPERPGSIZE) - start) / PGSIZE;
  if (reachable)
    remove_pages(as, first, n, start);
  else
    pages_put(first, n);
}

/* What the table of an entry holds of the range, and the table, if it may go,
 * at once: its entries need not be cleared then. */
static void remove_under(const struct removal *removal, pte_t *entry, int level,
                         uint64 va)
{
  pagetable_t table = pte_target(*entry);

  if (!table_goes(removal, table, va, PT_ENTRIES * pt_span(level))) {
    remove_held(removal, table, level, va, true);
    return;
  }
  entry_write(removal->as, entry, 0);
  aspace_flush(removal->as);
  remove_held(removal, table, level, va, false);
  kfree(table);
}

static void remove_entries(const struct removal *removal, pagetable_t table,
                           int level, uint64 va)
{
  uint64 span = pt_span(level);
  uint64 first = removal->start > va ? (removal->start - va) / span : 0;

  for (uint64 i = first; i < PT_ENTRIES && va + i * span < removal->end; i++) {
    pte_t *entry = &table[i];
    uint64 entry_va = va + i * span;
    if (*entry == 0)
      continue;
    if (pte_is_table(*entry)) {
      remove_under(removal, entry, level - 1, entry_va);
    } else {
      debug_assert(entry_va >= removal->start);
      remove_large(removal->as, entry);
    }
  }
}

void aspace_unmap(struct aspace *as, uint64 start, uint64 end)
{
  struct removal removal = {as, start, end};

  assert(end >= user_end(as));
  if (start >= end)
    return;
  remove_entries(&removal, as->pagetable, PT_ROOT_LEVEL, 0);
  aspace_check_touched(as, start, start + 1);
}

void usyscall_show(struct aspace *as)
{
  as->high[PX(0, USYSCALL)] =
      pte_make_leaf((uint64)as->usyscall, PTE_R | PTE_U);
}

void usyscall_hide(struct aspace *as)
{
  as->high[PX(0, USYSCALL)] = 0;
  aspace_flush_leaf(as, USYSCALL);
}
