#include "mm/aspace_entry.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "mm/kpagetable.h"
#include "mm/layout.h"
#include "sync/spinlock.h"

/* Words taken out of tables, with their levels, whose frames wait for the
 * flush. */
#define GATHER_MAX 32
struct gather {
  struct aspace *as;
  uint64 start, end; /* the range that goes */
  int count;
  pte_t word[GATHER_MAX];
  int level[GATHER_MAX];
};

void entry_write(struct aspace *as, pte_t *entry, pte_t word)
{
  bool mirrored = entry >= as->low && entry < as->low + MIRROR_SLOTS;

  if (!mirrored || as->kpagetable == NULL) {
    *entry = word;
    return;
  }
  irq_push(); /* nobody sees one of the two stores without the other */
  kpagetable_set_slot(as->low, as->kpagetable, entry - as->low, word); /* M */
  irq_pop();
}

pte_t *entry_find(struct aspace *as, uint64 va, int *level)
{
  return pt_find(as->pagetable, va, level);
}

/* After a table came where none was. A fence for one address orders leaves
 * only: RISC-V Privileged 1.12, Supervisor Memory-Management Fence Instruction.
 * A table that does not run here is flushed when it is entered. */
static void flush_pointer(const struct aspace *as)
{
  if (as == myaspace())
    tlb_flush();
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
      entry_write(as, entry, pte_make_table(made));
      flush_pointer(as);
    }
    debug_assert(pte_is_table(*entry));
    table = pte_target(*entry);
  }
  return &table[PX(level, va)];
}

void entry_split(struct aspace *as, pte_t *entry)
{
  pte_t word = *entry, step = pte_valid(word) ? PA2PTE(PGSIZE) : 0;
  pagetable_t table = page_alloc_promised();

  for (uint64 i = 0; i < PT_ENTRIES; i++)
    table[i] = word + i * step;
  entry_write(as, entry, pte_make_table(table)); /* M; U, W: as it was */
  aspace_flush(as); /* no hart keeps the leaf when the pages change */
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

void aspace_flush(struct aspace *as)
{
  irq_push();
  struct hart *hart = this_hart();
  tlb_flush();
  as->generation++;
  as->tlb_clean = 0;
  if (hart->aspace == as) {
    as->tlb_clean = 1UL << hart->index;
    as->flushed[hart->index] = as->generation;
  }
  irq_pop();
}

void aspace_flush_added(uint64 va)
{
  tlb_flush_va(va);
}

void aspace_check_touched(struct aspace *as, uint64 start, uint64 end)
{
  for (uint64 va = start; DEBUG && va < end;
       va = SUPERPGROUNDDOWN(va) + SUPERPGSIZE)
    assert(aspace_check_around(as, va) == 0);
}

void entry_release(pte_t word, int level)
{
  uint64 npages = entry_pages(word, level);

  if (word & PTE_COW)
    pages_put_cow(pte_target(word), npages);
  else if (pte_valid(word))
    pages_put(pte_target(word), npages);
  else if (word & PTE_PROMISED)
    page_unpromise(npages);
  if (entry_is_large(word, level))
    page_unpromise(1); /* the table of a split that did not come */
}

/* Flush once for all gathered words, then free what they named. */
static void gather_release(struct gather *gather)
{
  if (gather->count == 0)
    return;
  aspace_flush(gather->as);
  for (int i = 0; i < gather->count; i++)
    entry_release(gather->word[i], gather->level[i]);
  gather->count = 0;
}

static void gather_entry(struct gather *gather, pte_t *entry, int level)
{
  if (gather->count == GATHER_MAX)
    gather_release(gather);
  gather->level[gather->count] = level;
  gather->word[gather->count++] = *entry;
  entry_write(gather->as, entry, 0); /* gather_release flushes */
}

/* Whether an entry that spans [va, va + span) may go. A table may if nothing
 * below the range needs it, and beyond the range there is only the high pair.
 * The low level-1 page always stays. */
static bool entry_goes(const struct gather *gather, pte_t word, uint64 va,
                       uint64 span)
{
  if (!pte_is_table(word))
    return true;
  return va >= gather->start && va + span < MAXVA &&
         pte_target(word) != gather->as->low;
}

static void gather_table(struct gather *gather, pagetable_t table, int level,
                         uint64 va)
{
  uint64 span = pt_span(level);
  uint64 first = gather->start > va ? (gather->start - va) / span : 0;

  for (uint64 i = first; i < PT_ENTRIES && va + i * span < gather->end; i++) {
    pte_t *entry = &table[i];
    uint64 entry_va = va + i * span;
    if (*entry == 0)
      continue;
    if (entry_is_large(*entry, level) && entry_va < gather->start)
      entry_split(gather->as, entry);
    if (pte_is_table(*entry))
      gather_table(gather, pte_target(*entry), level - 1, entry_va);
    if (entry_goes(gather, *entry, entry_va, span))
      gather_entry(gather, entry, level);
  }
}

void aspace_unmap(struct aspace *as, uint64 start, uint64 end)
{
  struct gather gather;

  assert(end >= user_end(as));
  if (start >= end)
    return;
  gather.as = as;
  gather.start = start;
  gather.end = end;
  gather.count = 0;
  gather_table(&gather, as->pagetable, PT_ROOT_LEVEL, 0);
  gather_release(&gather);
  aspace_check_touched(as, start, start + 1);
}

/* A page of the high pair, whose tables stand as long as as. */
static pte_t *usyscall_entry(struct aspace *as)
{
  return walk(as->pagetable, USYSCALL, 0);
}

void usyscall_show(struct aspace *as)
{
  *usyscall_entry(as) = pte_make_leaf((uint64)as->usyscall, PTE_R | PTE_U);
  aspace_flush_added(USYSCALL);
}

void usyscall_hide(struct aspace *as)
{
  *usyscall_entry(as) = 0;
  aspace_flush(as);
}
