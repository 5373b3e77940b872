/* What a page fault, or a walking copy, may do to an address space. */
#include "arch/hart.h"
#include "lib/print.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/kpagetable.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

/* The mapping permits the access already. Set what the hardware may want
 * set, and fence: the hart had an older entry. A mirror that is out of date
 * would fault for ever, so this is where it shows. */
static int resolve_spurious(struct aspace *as, pte_t *entry, uint64 va,
                            enum access access)
{
  uint64 slot = va / SUPERPGSIZE;

  if (as->kpagetable != NULL && slot < MIRROR_SLOTS &&
      kpagetable_low(as->kpagetable)[slot] != as->low[slot]) {
    printk("mirror out of date at va 0x%lx: slot %lu is 0x%lx, not 0x%lx\n", va,
           slot, kpagetable_low(as->kpagetable)[slot], as->low[slot]);
    return -1;
  }
  entry_write(as, entry, *entry | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0));
  aspace_flush_added(va);
  return 0;
}

/* A write to a page shared copy-on-write: have it alone. */
static int resolve_cow(struct aspace *as, pte_t *entry)
{
  uint64 perm = (PTE_FLAGS(*entry) & ~PTE_COW) | PTE_W;

  irq_push(); /* nobody sees the entry while its frame may be free already */
  void *page = page_unshare(pte_target(*entry));
  entry_write(as, entry, pte_make_leaf((uint64)page, perm));
  aspace_flush(as); /* others may hold the old frame, readable */
  irq_pop();
  if (perm & PTE_X)
    as->icache_clean = 0;
  return 0;
}

/* First touch of heap: paid for, or as it comes. */
static int resolve_absent(struct aspace *as, uint64 va, enum access access)
{
  pte_t *entry = entry_find(as, va);
  bool promised = entry != NULL && (*entry & PTE_PROMISED);

  if (access == ACCESS_EXECUTE || (!promised && va < as->heap_base))
    return -1;
  if (entry == NULL)
    entry = entry_make(as, va);
  if (entry == NULL)
    return -1;

  void *page = promised ? page_alloc_promised() : page_alloc_zeroed();
  if (page == NULL)
    return -1;
  entry_write(as, entry,
              pte_make_leaf((uint64)page, PTE_R | PTE_W | PTE_U)); /* U, W */
  aspace_flush_added(va);
  return 0;
}

static int resolve(struct aspace *as, uint64 va, enum access access)
{
  pte_t *entry = entry_find(as, va);
  if (entry == NULL || !pte_valid(*entry))
    return resolve_absent(as, va, access);
  if (entry_permits(*entry, access))
    return resolve_spurious(as, entry, va, access);
  if (access == ACCESS_WRITE && (*entry & PTE_COW))
    return resolve_cow(as, entry);
  return -1;
}

int aspace_fault(struct aspace *as, uint64 va, enum access access)
{
  if (va >= user_end(as) || resolve(as, va, access) < 0)
    return -1;
  aspace_check_touched(as, va, va + 1);
  return 0;
}

/* A user's load from the shared page, which is above the break: this hart had
 * an entry from before the page came back. */
static bool is_spurious_at_usyscall(struct aspace *as, uint64 va,
                                    enum access access)
{
  return PGROUNDDOWN(va) == USYSCALL && as->size <= USYSCALL &&
         entry_permits(*entry_find(as, va), access);
}

int page_fault(uint64 va, enum access access)
{
  struct aspace *as = myaspace();

  if (as == NULL)
    return -1;
  if (is_spurious_at_usyscall(as, va, access)) {
    aspace_flush_added(va);
    return 0;
  }
  return aspace_fault(as, va, access);
}

bool aspace_permits(struct aspace *as, uint64 va, enum access access)
{
  pte_t *entry = va < user_end(as) ? entry_find(as, va) : NULL;
  return entry != NULL && entry_permits(*entry, access);
}

/* Whether the hardware would go on without a fault, nor set a bit. */
static bool is_ready(struct aspace *as, uint64 va, enum access access)
{
  return aspace_permits(as, va, access) && (*entry_find(as, va) & PTE_A);
}

uint64 aspace_resolve(struct aspace *as, uint64 va, enum access access)
{
  if (!is_ready(as, va, access) && aspace_fault(as, va, access) < 0)
    return 0;
  return PTE2PA(*entry_find(as, va)) + va % PGSIZE;
}

pte_t aspace_pte(struct aspace *as, uint64 va)
{
  pte_t *entry = va < MAXVA ? entry_find(as, va) : NULL;

  if (entry != NULL && (*entry & PTE_PROMISED))
    aspace_fault(as, va,
                 ACCESS_READ); /* cannot fail: page and table are paid */
  if (entry == NULL || !pte_valid(*entry))
    return 0;
  if (*entry & PTE_COW)
    return (*entry & ~PTE_COW) | PTE_W | PTE_D;
  return *entry;
}

int aspace_test_accessed(struct aspace *as, uint64 va)
{
  pte_t *entry = va < user_end(as) ? entry_find(as, va) : NULL;

  if (entry == NULL || *entry == 0)
    return -1;
  if (!pte_valid(*entry) || !(*entry & PTE_A))
    return 0;
  entry_write(as, entry, *entry & ~PTE_A);
  aspace_flush(as);
  return 1;
}
