/* What an access to user memory finds: page faults, walking copies, and the
 * calls that ask about a page.
 *
 * The entry that decides on an address says what a fault there means:
 *   absent, 0             in the heap, lazy: bring a zeroed page. Below it, a
 *                         hole of the image: the access is not allowed
 *   absent, PTE_RESERVED  bring the block or the page that was reserved, and
 *                         if touches come in order the next pages
 *   valid, permits it     the hardware wants A or D set; or it is spurious: an
 *                         older entry was in the TLB
 *   valid, PTE_COW        a write: copy the page or block, if it is shared
 *   valid, none of these  the access is not allowed
 *
 * Read mm/aspace.h before; trap/trap.c calls page_fault. */
#include "mm/aspace.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"

/* The most pages that one touch brings. */
#define AHEAD_MAX 16

/* The word that decides on va. */
static pte_t word_at(struct aspace *as, uint64 va)
{
  int level;
  return *pt_find(as->pagetable, va, &level);
}

/* Whether a leaf permits a user this access. */
static bool entry_permits(pte_t pte, enum access access)
{
  static const pte_t needed[] = {
      [ACCESS_READ] = PTE_V | PTE_U | PTE_R,
      [ACCESS_WRITE] = PTE_V | PTE_U | PTE_W,
      [ACCESS_EXECUTE] = PTE_V | PTE_U | PTE_X,
  };
  return (pte & needed[access]) == needed[access];
}

/* A write to memory that fork has marked: have it alone. A page that nobody
 * else has any more is written in place; else the writer gets a copy. False:
 * there was no memory for one. */
static bool unshare(struct aspace *as, pte_t *entry, int level, uint64 va)
{
  uint64 perm = (PTE_FLAGS(*entry) & ~PTE_COW) | PTE_W;
  void *shared = pte_target(*entry);
  void *own = page_unshare(shared, level > 0 ? BLOCK_PAGES : 1);
  if (own == NULL)
    return false;

  /* If it is a copy, others may write or free the old frame once the reference
   * to it is given up: the flush comes before. */
  entry_write(as, entry, pte_make_leaf((uint64)own, perm)); /* M, U */
  if (level > 0)
    aspace_flush(as);
  else
    aspace_flush_leaf(as, va);
  if (perm & PTE_X)
    as->icache_clean = 0; /* the code is in another frame */

  if (own != shared && level > 0)
    page_block_put(shared);
  else if (own != shared)
    kfree(shared);
  return true;
}

/* How many pages the first touch of a reserved one brings: if touches come in
 * order, and all pages that the one before brought were touched, twice as many
 * as that did. All are reserved, and in this table. */
static uint64 count_in_order(const struct aspace *as, const pte_t *entry,
                             uint64 va)
{
  uint64 index = PX(0, va), most = 1, n = 1;
  if (va == as->ahead_end && index >= as->nahead && irq_enabled())
    most = min_u64(min_u64(2 * as->nahead, AHEAD_MAX), PT_ENTRIES - index);
  for (uint64 i = 1; most > 1 && i <= as->nahead; i++)
    if (!(entry[-i] & PTE_A))
      most = 1;
  while (n < most && entry[n] == PTE_RESERVED)
    n++;
  return n;
}

/* The first touch of heap: bring the pages or the block that were reserved, or
 * a page of lazy heap. False: memory is out, or no block is free; reserved
 * pages are always there. Pages that come ahead have no A: at their first touch
 * the hardware sets it, or faults. */
static bool bring(struct aspace *as, pte_t *entry, int level, uint64 va)
{
  bool reserved = *entry & PTE_RESERVED;
  void *pages[AHEAD_MAX];
  uint64 n = 1;
  if (reserved && level == 0)
    pages_take_reserved(pages, n = count_in_order(as, entry, va));
  else if (reserved)
    pages[0] = page_block_take_reserved();
  else if ((entry = entry_make(as, va, 0)) != NULL)
    pages[0] = kalloc_zeroed();
  if (entry == NULL || pages[0] == NULL)
    return false;

  for (uint64 i = 0; i < n; i++) {
    pte_t leaf = pte_make_leaf((uint64)pages[i], PTE_R | PTE_W | PTE_U);
    if (i > 0)
      leaf = (leaf & ~PTE_A) | PTE_AHEAD;
    entry_write(as, &entry[i], leaf); /* U, W */
  }
  if (reserved && level > 0)
    page_unreserve(LARGE_RESERVATION - BLOCK_PAGES); /* it needs no table */
  as->ahead_end = va + n * PGSIZE;
  as->nahead = n;
  return true;
}

int aspace_fault(struct aspace *as, uint64 va, enum access access)
{
  if (va >= user_end(as))
    return -1;

  int level;
  pte_t *entry = pt_find(as->pagetable, va, &level), word = *entry;
  bool is_absent = !pte_valid(word), is_large = entry_is_large(word, level);

  /* The hardware may want a bit set, which is an addition, and not flushed. If
   * it has both it is spurious: flush all, since what this hart had cached as
   * absent may be a pointer to a table. */
  if (entry_permits(word, access)) {
    pte_t wanted = word | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0);
    if (wanted != word)
      entry_write(as, entry, wanted);
    else
      aspace_flush(as);
    return 0;
  }

  /* Nobody runs heap as code, and there are holes in the image below it. */
  if (is_absent &&
      (access == ACCESS_EXECUTE || (word == 0 && va < as->heap_base)))
    return -1;
  if (!is_absent && (access != ACCESS_WRITE || !(word & PTE_COW)))
    return -1;

  /* To zero or copy a block takes too long for interrupts to wait. */
  bool is_long = is_large && !irq_enabled() &&
                 (is_absent || page_is_shared(pte_target(word), BLOCK_PAGES));
  if (!is_long && (is_absent ? bring(as, entry, level, PGROUNDDOWN(va))
                             : unshare(as, entry, level, va))) {
    debug_assert(aspace_check_range(as, va, va + 1) == 0);
    return 0;
  }

  /* If it was for a block, go on with pages. */
  if (!is_large || entry_split(as, entry) < 0)
    return OUT_OF_MEMORY;
  return aspace_fault(as, va, access);
}

int page_fault(uint64 va, enum access access)
{
  struct aspace *as = myaspace();
  if (as == NULL)
    return -1;

  /* A load from the shared page, which is above the break: this hart has a TLB
   * entry from when the heap was there. */
  if (PGROUNDDOWN(va) == USYSCALL && as->size <= USYSCALL &&
      entry_permits(word_at(as, va), access)) {
    aspace_flush(as);
    return 0;
  }
  return aspace_fault(as, va, access);
}

bool aspace_permits(struct aspace *as, uint64 va, enum access access)
{
  return va < user_end(as) && entry_permits(word_at(as, va), access);
}

void *walkaddr(struct aspace *as, uint64 va, enum access access)
{
  if (va >= user_end(as))
    return NULL;
  int level;
  pte_t word = *pt_find(as->pagetable, va, &level);

  /* A walk sets no accessed bit, so one that is clear counts as a fault. */
  if (!entry_permits(word, access) || !(word & PTE_A)) {
    if (aspace_fault(as, va, access) < 0)
      return NULL;
    word = *pt_find(as->pagetable, va, &level);
  }
  return (char *)pte_target(word) + va % pt_span(level);
}

pte_t aspace_pte(struct aspace *as, uint64 va)
{
  if (va >= MAXVA)
    return 0;
  if (word_at(as, va) == PTE_RESERVED)
    aspace_fault(as, va, ACCESS_READ); /* cannot fail: all is reserved */
  pte_t word = word_at(as, va) & ~PTE_AHEAD;
  if (!pte_valid(word))
    return 0;
  return word & PTE_COW ? (word & ~PTE_COW) | PTE_W | PTE_D : word;
}

int aspace_test_accessed(struct aspace *as, uint64 va)
{
  int level;
  pte_t *entry = va < user_end(as) ? pt_find(as->pagetable, va, &level) : NULL;
  if (entry == NULL || *entry == 0)
    return -1;
  if (!pte_valid(*entry) || !(*entry & PTE_A))
    return 0;
  if (entry_is_large(*entry, level)) {
    if (entry_split(as, entry) < 0)
      return 1;
    entry = pt_find(as->pagetable, va, &level); /* its pages have a bit each */
  }
  entry_write(as, entry, *entry & ~(PTE_A | PTE_AHEAD));
  aspace_flush_leaf(as, va); /* or this hart would not set it again */
  return 1;
}
