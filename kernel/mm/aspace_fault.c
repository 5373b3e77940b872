/* What a page fault, or a walking copy, may do to an address space. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/page.h"

/* The mapping permits the access already. Set what the hardware may want
 * set, and fence: the hart had an older entry. */
static int resolve_spurious(struct aspace *as, pte_t *entry, enum access access)
{
  entry_write(as, entry, *entry | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0));
  aspace_flush(as);
  return 0;
}

/* A write to memory shared copy-on-write: have it alone. Whether there was
 * memory for a copy, if it took one. */
static bool unshare(struct aspace *as, pte_t *entry, int level, uint64 va)
{
  uint64 perm = (PTE_FLAGS(*entry) & ~PTE_COW) | PTE_W;
  void *shared = pte_target(*entry);
  void *own = level > 0 ? page_block_unshare(shared) : page_unshare(shared);
  if (own == NULL)
    return false;

  entry_write(as, entry, pte_make_leaf((uint64)own, perm));
  if (level > 0) /* others may hold the old frame, readable */
    aspace_flush(as);
  else
    aspace_flush_leaf(as, va);
  if (perm & PTE_X)
    as->icache_clean = 0;
  if (own != shared && level > 0)
    page_block_put(shared);
  else if (own != shared)
    kfree(shared);
  return true;
}

static void map_heap(struct aspace *as, pte_t *entry, void *memory)
{
  entry_write(as, entry,
              pte_make_leaf((uint64)memory, PTE_R | PTE_W | PTE_U)); /* U, W */
}

/* First touch of heap that is paid for. Whether there was memory: always, but
 * for a block. */
static bool bring_promised(struct aspace *as, pte_t *entry, int level)
{
  void *memory = level > 0 ? page_block_alloc_reserved() : kalloc_reserved();
  if (memory == NULL)
    return false;

  map_heap(as, entry, memory);
  if (level > 0)
    page_unreserve(LARGE_RESERVATION - BLOCK_PAGES); /* it needs no table */
  return true;
}

/* First touch of heap that is not. */
static int bring_lazy(struct aspace *as, uint64 va)
{
  if (va < as->heap_base)
    return -1;

  pte_t *entry = entry_make(as, va, 0);
  void *page = entry != NULL ? kalloc_zeroed() : NULL;
  if (page == NULL)
    return OUT_OF_MEMORY;
  map_heap(as, entry, page);
  return 0;
}

static int resolve(struct aspace *as, uint64 va, enum access access)
{
  int level;
  pte_t *entry = entry_find(as, va, &level);
  bool promised = *entry & PTE_RESERVED;

  if (!pte_valid(*entry) && access == ACCESS_EXECUTE)
    return -1;
  if (!pte_valid(*entry) && !promised)
    return bring_lazy(as, va);
  if (entry_permits(*entry, access))
    return resolve_spurious(as, entry, access);
  if (!promised && (access != ACCESS_WRITE || !(*entry & PTE_COW)))
    return -1;

  /* To zero or copy a block takes too long for interrupts to wait. */
  bool is_long = level > 0 && !irq_enabled() &&
                 (promised || page_block_is_shared(pte_target(*entry)));
  if (!is_long && (promised ? bring_promised(as, entry, level)
                            : unshare(as, entry, level, va)))
    return 0;

  /* If it was for a block, go on with pages. */
  if (level == 0 || entry_split(as, entry) < 0)
    return OUT_OF_MEMORY;
  return resolve(as, va, access);
}

int aspace_fault(struct aspace *as, uint64 va, enum access access)
{
  int result = va < user_end(as) ? resolve(as, va, access) : -1;
  if (result == 0)
    aspace_check_touched(as, va, va + 1);
  return result;
}

/* The word that decides on va. */
static pte_t word_at(struct aspace *as, uint64 va)
{
  int level;
  return *entry_find(as, va, &level);
}

/* A user's load from the shared page, which is above the break: this hart had
 * an entry from before the page came back. */
static bool is_spurious_at_usyscall(struct aspace *as, uint64 va,
                                    enum access access)
{
  return PGROUNDDOWN(va) == USYSCALL && as->size <= USYSCALL &&
         entry_permits(word_at(as, va), access);
}

int page_fault(uint64 va, enum access access)
{
  struct aspace *as = myaspace();

  if (as == NULL)
    return -1;
  if (is_spurious_at_usyscall(as, va, access)) {
    aspace_flush(as);
    return 0;
  }
  return aspace_fault(as, va, access);
}

bool aspace_permits(struct aspace *as, uint64 va, enum access access)
{
  return va < user_end(as) && entry_permits(word_at(as, va), access);
}

/* Whether the hardware would go on without a fault, nor set a bit. */
static bool is_ready(struct aspace *as, uint64 va, enum access access)
{
  return aspace_permits(as, va, access) && (word_at(as, va) & PTE_A);
}

uint64 aspace_resolve(struct aspace *as, uint64 va, enum access access)
{
  if (!is_ready(as, va, access) && aspace_fault(as, va, access) < 0)
    return 0;
  int level;
  pte_t word = *entry_find(as, va, &level);
  return PTE2PA(word) + va % pt_span(level);
}

pte_t aspace_pte(struct aspace *as, uint64 va)
{
  if (va < MAXVA && (word_at(as, va) & PTE_RESERVED))
    aspace_fault(as, va, ACCESS_READ); /* cannot fail: all is paid */

  pte_t word = va < MAXVA ? word_at(as, va) : 0;
  if (!pte_valid(word))
    return 0;
  return word & PTE_COW ? (word & ~PTE_COW) | PTE_W | PTE_D : word;
}

int aspace_test_accessed(struct aspace *as, uint64 va)
{
  int level;
  pte_t *entry = va < user_end(as) ? entry_find(as, va, &level) : NULL;

  if (entry == NULL || *entry == 0)
    return -1;
  if (!pte_valid(*entry) || !(*entry & PTE_A))
    return 0;
  if (entry_is_large(*entry, level)) {
    if (entry_split(as, entry) < 0)
      return 1;
    entry = entry_find(as, va, &level); /* its pages have a bit each */
  }
  entry_write(as, entry, *entry & ~PTE_A);
  aspace_flush_leaf(as, va);
  return 1;
}
