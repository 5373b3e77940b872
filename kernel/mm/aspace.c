/* Making address spaces, and the memory in them: mapping, growing, shrinking,
 * cloning, destroying. Here is every store to a user PTE but those of
 * aspace_fault.c.
 *
 * How both tables stay the same. The private table's low level-1 page points to
 * the user table's own level-0 pages, so a store to one of these is seen in
 * both. Only when a level-0 page or a large leaf comes or goes is a slot of the
 * level-1 pages written, and kpagetable_set_slot writes it in both (rule M).
 *
 * Read before: mm/aspace.h, mm/pt.h, and how memory goes (aspace_switch.c). */
#include "mm/aspace.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/image.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "trap/trap.h"

/* Entries. */

pte_t *entry_make(struct aspace *as, uint64 va, int level)
{
  for (;;) {
    int at;
    pte_t *entry = pt_find(as->pagetable, va, &at);
    if (at <= level)
      return entry;
    debug_assert(*entry == 0);
    pagetable_t made = kalloc_zeroed();
    if (made == NULL)
      return NULL;
    table_fence(); /* no walk finds the table before it is empty */
    entry_write(as, entry, pte_make_table(made));
  }
}

/* Let a table of a large entry's first npages take its place. */
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
  void *table;
  if (!pte_valid(*entry))
    pages_take_reserved(&table, 1);
  else if ((table = kalloc()) == NULL)
    return -1;
  split_into(as, entry, table, PT_ENTRIES);
  return 0;
}

int entry_cut(struct aspace *as, uint64 va)
{
  int level;
  pte_t *entry = pt_find(as->pagetable, va, &level);
  if (va % SUPERPGSIZE == 0 || !entry_is_large(*entry, level) ||
      entry_split(as, entry) == 0)
    return 0;

  /* Memory is out. The last page goes in any case, so that it can be the table
   * if nobody else has it. */
  char *block = pte_target(*entry), *last = block + SUPERPGSIZE - PGSIZE;
  page_block_part(block);
  if (page_is_shared(last, 1))
    return -1;
  split_into(as, entry, (pagetable_t)last, PT_ENTRIES - 1);
  return 0;
}

/* Taking memory away. */

/* Clear n entries of a level-0 page, for addresses from va on, and give back
 * what they stood for. They lose PTE_V first, so that pages_put still finds the
 * frames after the flush. */
static void unmap_pages(struct aspace *as, pte_t *entries, uint64 n, uint64 va)
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

/* Take away what a table of this level, for addresses from base on, holds of
 * user memory from start on. If no hart can reach the table any more, its
 * entries need neither be cleared nor flushed. */
static void unmap_table(struct aspace *as, pagetable_t table, int level,
                        uint64 base, uint64 start, bool reachable)
{
  uint64 span = pt_span(level), end = user_end(as);
  uint64 first = start > base ? (start - base) / span : 0;
  if (level == 0) {
    uint64 last = min_u64((end - base) / PGSIZE, PT_ENTRIES);
    if (reachable)
      unmap_pages(as, table + first, last - first, base + first * PGSIZE);
    else
      pages_put(table + first, last - first);
    return;
  }

  for (uint64 i = first; i < PT_ENTRIES && base + i * span < end; i++) {
    pte_t *entry = &table[i], word = *entry;
    uint64 va = base + i * span;
    if (word == 0)
      continue;

    /* A table goes if nothing below start needs it; beyond the break there is
     * only the high pair, which stays, as the low level-1 page does. Its own
     * entry goes first, so that it is out of reach with all that it holds. */
    bool is_table = pte_is_table(word);
    bool goes = !is_table || (va >= start && va + span < MAXVA &&
                              pte_target(word) != as->low);
    if (goes && reachable) {
      entry_write(as, entry, 0); /* M */
      if (pte_valid(word))
        aspace_flush(as);
    }
    if (is_table) {
      unmap_table(as, pte_target(word), level - 1, va, start,
                  reachable && !goes);
      if (goes)
        kfree(pte_target(word));
    } else if (pte_valid(word)) {
      page_block_put(pte_target(word));
    } else {
      page_unreserve(LARGE_RESERVATION);
    }
  }
}

void aspace_unmap(struct aspace *as, uint64 start)
{
  if (start >= user_end(as))
    return;
  unmap_table(as, as->pagetable, PT_ROOT_LEVEL, 0, start, true);
  debug_assert(aspace_check_range(as, start, start + 1) == 0);
}

/* Making and destroying. */

void aspace_init(void)
{
  assert(aspace_check_global() == 0);
}

/* Free what it has beside user memory, as far as it was made. */
static void free_tables(struct aspace *as)
{
  pte_t top = as->pagetable != NULL ? as->pagetable[USER_TOP_SLOT] : 0;
  void *pages[] = {as->high,  pte_is_table(top) ? pte_target(top) : NULL,
                   as->low,   as->pagetable,
                   as->frame, as->usyscall};
  if (as->kpagetable != NULL)
    kpagetable_free(as->kpagetable);
  for (int i = 0; i < (int)ARRAY_LEN(pages); i++)
    if (pages[i] != NULL)
      kfree(pages[i]);
  memset(as, 0, offsetof(struct aspace, first_asid));
}

int aspace_create(struct aspace *as)
{
  static_assert(PX(0, TRAPFRAME) + 1 == PX(0, TRAMPOLINE) &&
                    PX(0, USYSCALL) + 1 == PX(0, TRAPFRAME),
                "one level-0 page holds them");

  memset(as, 0, offsetof(struct aspace, first_asid));
  as->pagetable = kalloc_zeroed();
  as->low = kalloc_zeroed();
  if (as->pagetable == NULL || as->low == NULL)
    goto no_memory;
  as->pagetable[PX(PT_ROOT_LEVEL, 0)] = pte_make_table(as->low);

  /* The high pair, with the trampoline, which is the same in every table. */
  pte_t *entry = walk(as->pagetable, TRAMPOLINE, 1);
  if (entry == NULL)
    goto no_memory;
  as->high = entry - PX(0, TRAMPOLINE);
  *entry = pte_make_leaf((uint64)trampoline, PTE_R | PTE_X | PTE_G);

  if (kpagetable_create(as->pagetable, &as->kpagetable) < 0)
    goto no_memory;
  aspace_set_views(as);
  return 0;

no_memory:
  free_tables(as);
  return -1;
}

static void show_usyscall(struct aspace *as)
{
  as->high[PX(0, USYSCALL)] =
      pte_make_leaf((uint64)as->usyscall, PTE_R | PTE_U);
}

/* Let as have these pages, which stand at TRAPFRAME and USYSCALL. The trapframe
 * says which table the next trap goes to: from here on that is this one's. */
static void give_pages(struct aspace *as, struct trapframe *frame,
                       struct usyscall *usyscall)
{
  as->frame = frame;
  as->usyscall = usyscall;
  as->high[PX(0, TRAPFRAME)] = pte_make_leaf((uint64)frame, PTE_R | PTE_W);
  show_usyscall(as);
  frame->kernel_satp = aspace_kernel_satp(as);
}

int aspace_create_process(struct aspace *as)
{
  if (aspace_create(as) < 0)
    return -1;
  as->frame = kalloc_zeroed();
  as->usyscall = kalloc_zeroed();
  if (as->frame == NULL || as->usyscall == NULL) {
    free_tables(as);
    return -1;
  }
  give_pages(as, as->frame, as->usyscall);
  return 0;
}

void aspace_destroy(struct aspace *as)
{
  if (as->pagetable == NULL)
    return;
  debug_assert(aspace_check(as) == 0);
  aspace_unmap(as, 0);
  free_tables(as);
}

/* exec. */

int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm)
{
  uint64 old_size = as->size;
  assert(va % PGSIZE == 0 && va < USYSCALL);
  as->size = max_u64(old_size, va + PGSIZE);
  pte_t *entry = entry_make(as, va, 0);
  if (entry == NULL) { /* one of two tables may have been made */
    aspace_unmap(as, PGROUNDUP(old_size));
    as->size = old_size;
    return -1;
  }

  assert(*entry == 0);
  entry_write(as, entry, pte_make_leaf((uint64)page, perm | PTE_U)); /* U, M */
  as->heap_base = as->size;
  as->wx = as->wx || ((perm & PTE_W) && (perm & PTE_X));
  return 0;
}

/* Until here exec has built new on the side, and could give up. What follows
 * cannot fail. With interrupts off, nobody sees a hart whose record, trapframe
 * and satp are of two address spaces. The kernel goes on on the new table in
 * the next instruction: its code and this stack are there, too (S). */
void aspace_replace(struct aspace *old, struct aspace *new)
{
  debug_assert(!irq_enabled() && myaspace() == old);
  give_pages(new, old->frame, old->usyscall);
  old->frame = NULL;
  old->usyscall = NULL;
  debug_assert(aspace_check(new) == 0);
  aspace_enter(new);
}

/* The break. */

/* The pages reserved by the absent entries of [start, end). */
static uint64 reservation_of(uint64 start, uint64 end)
{
  uint64 first = SUPERPGROUNDUP(start), last = SUPERPGROUNDDOWN(end);
  uint64 nlarge = first < last ? (last - first) / SUPERPGSIZE : 0;
  return (end - start) / PGSIZE + nlarge * (LARGE_RESERVATION - BLOCK_PAGES);
}

/* Mark the absent entries of [start, end) as reserved: each aligned 2 MiB by
 * one large entry, the rest page by page. How far that went: end, or less if
 * memory is out for tables. */
static uint64 mark_reserved(struct aspace *as, uint64 start, uint64 end)
{
  for (uint64 va = start; va < end;) {
    bool is_large = va % SUPERPGSIZE == 0 && end - va >= SUPERPGSIZE;
    int level = is_large ? PT_LARGE_LEVEL : 0;
    uint64 table_end = min_u64(end, SUPERPGROUNDDOWN(va) + SUPERPGSIZE);

    pte_t *entry = entry_make(as, va, level);
    if (entry == NULL)
      return va;
    for (; va < table_end; va += pt_span(level), entry++) {
      debug_assert(*entry == 0);
      entry_write(as, entry, PTE_RESERVED); /* absent before and after; M */
    }
  }
  return end;
}

/* The heap takes the place of the shared page when the break passes USYSCALL,
 * and gives it back when the break falls to it. */
static void set_size(struct aspace *as, uint64 new_size)
{
  bool was_heap = as->size > USYSCALL, is_heap = new_size > USYSCALL;
  as->size = new_size;
  if (is_heap && !was_heap) {
    as->high[PX(0, USYSCALL)] = 0;
    aspace_flush_leaf(as, USYSCALL);
  } else if (was_heap && !is_heap) {
    show_usyscall(as);
  }
}

int aspace_grow_lazily(struct aspace *as, uint64 new_size)
{
  if (new_size > TRAPFRAME)
    return -1;
  set_size(as, new_size);
  return 0;
}

int aspace_grow(struct aspace *as, uint64 new_size)
{
  uint64 old_size = as->size, start = user_end(as), end = PGROUNDUP(new_size);
  if (aspace_grow_lazily(as, new_size) < 0)
    return -1;
  if (start >= end)
    return 0;
  if (page_reserve(reservation_of(start, end)) == 0) {
    uint64 marked = mark_reserved(as, start, end);
    debug_assert(aspace_check_range(as, start, marked) == 0);
    if (marked == end)
      return 0;

    /* What was marked gives its reservation back when it is unmapped. */
    page_unreserve(reservation_of(marked, end));
    aspace_unmap(as, start);
  }
  set_size(as, old_size);
  return -1;
}

int aspace_shrink(struct aspace *as, uint64 new_size)
{
  uint64 start = PGROUNDUP(new_size);
  assert(new_size <= as->size);
  if (entry_cut(as, start) < 0)
    return -1;
  aspace_unmap(as, start);
  as->heap_base = min_u64(as->heap_base, start);
  set_size(as, new_size);
  return 0;
}

/* fork. */

/* The copy under way. */
struct clone {
  struct aspace *parent, *child;
  uint64 end;      /* of the user memory */
  bool restricted; /* a writable page of the parent became shared */
};

/* What both have from now on in place of the parent's entry: it loses PTE_W,
 * for PTE_COW. By its TLB the parent may write until aspace_clone flushes. */
static pte_t share_entry(struct clone *clone, pte_t *entry)
{
  pte_t word = *entry;
  if (word & PTE_W) {
    word = (word & ~(PTE_W | PTE_D | PTE_AHEAD)) | PTE_COW;
    entry_write(clone->parent, entry, word);
    clone->restricted = true;
  }
  return word;
}

/* Let the child's table at to share what the parent's at from holds. Both are
 * of this level, for addresses from va on. What is reserved for the parent is
 * absent in the child. 0, or -1 out of memory. */
static int uvmcopy(struct clone *clone, pagetable_t from, pagetable_t to,
                   int level, uint64 va)
{
  uint64 span = pt_span(level);
  uint64 n = min_u64((clone->end - va - 1) / span + 1, PT_ENTRIES);
  for (uint64 i = 0; i < n; i++) {
    if (!pte_valid(from[i]) || entry_is_ahead(from[i]))
      continue;
    if (level == 0) {
      to[i] = share_entry(clone, &from[i]);
    } else if (!pte_is_table(from[i])) {
      entry_write(clone->child, &to[i], share_entry(clone, &from[i])); /* M */
      page_block_get(pte_target(from[i]));
    } else {
      pagetable_t made = to[i] == 0 ? kalloc_zeroed() : pte_target(to[i]);
      if (made == NULL)
        return -1;
      if (to[i] == 0)
        entry_write(clone->child, &to[i], pte_make_table(made)); /* M */
      if (uvmcopy(clone, pte_target(from[i]), made, level - 1, va + i * span) <
          0)
        return -1;
    }
  }
  if (level == 0)
    pages_get(to, n);
  return 0;
}

int aspace_clone(struct aspace *child, struct aspace *parent)
{
  struct clone clone = {parent, child, user_end(parent), false};
  if (aspace_create_process(child) < 0)
    return -1;
  *child->frame = *parent->frame; /* all but the table of its traps */
  child->frame->kernel_satp = aspace_kernel_satp(child);
  set_size(child, parent->size);
  child->heap_base = parent->heap_base;
  child->wx = parent->wx;

  int result = clone.end == 0 ? 0
                              : uvmcopy(&clone, parent->pagetable,
                                        child->pagetable, PT_ROOT_LEVEL, 0);

  /* Even if it failed: what the parent lost PTE_W for it gets back at the next
   * write. The child was never entered, and needs no flush. */
  if (clone.restricted)
    aspace_flush(parent);
  if (result < 0)
    aspace_destroy(child);
  else
    debug_assert(aspace_check(parent) == 0 && aspace_check(child) == 0);
  return result;
}
