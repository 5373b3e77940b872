#include "mm/page.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page_block.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

/* Pages that are put before interrupts may come. */
#define PUT_AT_A_TIME 128

static struct spinlock lock = SPINLOCK_INIT("page");

/* All under the lock, and so are the blocks. */
static uint64 nfree, npromised, ntotal;
static uint64 fail_countdown;

void page_add_range(uint64 start, uint64 end)
{
  uint64 npages = block_add_range(PGROUNDUP(start), PGROUNDDOWN(end));

  nfree += npages;
  ntotal += npages;
}

/* A free page; nfree > 0. */
static void *take(void)
{
  assert(nfree > 0);
  nfree--;
  return block_take_page();
}

/* A whole block, or NULL. */
static void *take_block(void)
{
  void *block = block_take_whole();
  if (block != NULL)
    nfree -= BLOCK_PAGES;
  return block;
}

/* Counts that are changed together: those of pages that follow each other, or
 * the one of a block. */
struct counted {
  struct page_info *info;
  uint64 first;  /* address */
  uint n;        /* counts */
  uint64 npages; /* that each counts for */
};

/* What counts for a page, or for as many as a block has. */
static struct counted counted(const void *first, uint64 npages)
{
  struct counted it = {page_info_of(first), (uint64)first, 1, npages};

  if (npages > 1 && !block_is_joined(first)) {
    it.n = npages;
    it.npages = 1;
  }
  return it;
}

static inline void take_back_promises(uint64 npages)
{
  assert(npages <= npromised);
  npromised -= npages;
}

/* Nobody has it any more. */
static void give_back(void *first, uint64 npages)
{
  if (DEBUG)
    memset(first, POISON_FREE, npages * PGSIZE);
  if (npages == 1)
    block_give_page(first);
  else
    block_give_whole(first);
  nfree += npages;
}

static inline void drop_reference(struct page_info *info, uint64 first,
                                  uint64 npages)
{
  debug_assert(info->refs > 0);
  if (--info->refs == 0)
    give_back((void *)first, npages);
}

static bool must_fail(void)
{
  return DEBUG && fail_countdown > 0 && --fail_countdown == 0;
}

/* Pages, one or as many as a block has, that are promised to nobody; NULL if
 * there are none. The lock is held. */
static void *take_unpromised(uint64 npages)
{
  if (npages > nfree - npromised || must_fail())
    return NULL;
  return npages == 1 ? take() : take_block();
}

void *kalloc(void)
{
  acquire(&lock);
  void *page = take_unpromised(1);
  release(&lock);

  if (DEBUG && page != NULL)
    memset(page, POISON_TAKEN, PGSIZE);
  return page;
}

void *kalloc_zeroed(void)
{
  void *page = kalloc();
  if (page != NULL)
    page_zero(page);
  return page;
}

/* A page, or a block, for as many promises, which the caller had. A block
 * may be NULL: none is whole, and nothing has changed. */
static void *alloc_promised(uint64 npages)
{
  char *first = NULL;

  acquire(&lock);
  if (npages == 1)
    first = take();
  else if (!must_fail())
    first = take_block();
  if (first != NULL)
    take_back_promises(npages);
  release(&lock);

  for (uint64 i = 0; first != NULL && i < npages; i++)
    page_zero(first + i * PGSIZE);
  return first;
}

void *kalloc_reserved(void)
{
  return alloc_promised(1);
}

void *page_block_alloc_reserved(void)
{
  return alloc_promised(BLOCK_PAGES);
}

int page_reserve(uint64 npages)
{
  acquire(&lock);
  bool enough = npages <= nfree - npromised && (npages == 0 || !must_fail());
  if (enough)
    npromised += npages;
  release(&lock);
  return enough ? 0 : -1;
}

void page_unreserve(uint64 npages)
{
  acquire(&lock);
  take_back_promises(npages);
  release(&lock);
}

void kfree(void *page)
{
  acquire(&lock);
  drop_reference(page_info_of(page), (uint64)page, 1);
  release(&lock);
}

void pages_get(const pte_t entries[], uint64 n)
{
  struct page_range near = {0};

  acquire(&lock);
  for (uint64 i = 0; i < n; i++) {
    if (pte_valid(entries[i]))
      page_info_near(&near, pte_target(entries[i]))->refs++;
  }
  release(&lock);
}

static void put_some(const pte_t entries[], uint64 n)
{
  struct page_range near = {0};
  uint64 npromises = 0;

  acquire(&lock);
  for (uint64 i = 0; i < n; i++) {
    pte_t word = entries[i];
    if (word & PTE_RESERVED)
      npromises++;
    else if (word != 0)
      drop_reference(page_info_near(&near, pte_target(word)), PTE2PA(word), 1);
  }
  take_back_promises(npromises);
  release(&lock);
}

void pages_put(const pte_t entries[], uint64 n)
{
  for (uint64 i = 0; i < n; i += PUT_AT_A_TIME)
    put_some(entries + i, min_u64(n - i, PUT_AT_A_TIME));
}

void page_block_get(void *block)
{
  acquire(&lock);
  struct counted it = counted(block, BLOCK_PAGES);
  for (uint i = 0; i < it.n; i++)
    it.info[i].refs++;
  release(&lock);
}

void page_block_put(void *block)
{
  acquire(&lock);
  struct counted it = counted(block, BLOCK_PAGES);
  for (uint i = 0; i < it.n; i++) {
    if (i % PUT_AT_A_TIME == PUT_AT_A_TIME - 1) {
      release(&lock); /* it stays parted: the caller still has the rest */
      acquire(&lock);
    }
    drop_reference(&it.info[i], it.first + i * PGSIZE, it.npages);
  }
  release(&lock);
}

void page_block_part(void *block)
{
  acquire(&lock);
  block_part(block);
  release(&lock);
}

/* Whether one of these pages has another user. The lock is held. */
static bool is_shared(const void *first, uint64 npages)
{
  struct counted it = counted(first, npages);

  for (uint i = 0; i < it.n; i++)
    if (it.info[i].refs > 1)
      return true;
  return false;
}

static bool ask_whether_shared(const void *first, uint64 npages)
{
  acquire(&lock);
  bool shared = is_shared(first, npages);
  release(&lock);
  return shared;
}

bool page_is_shared(const void *page)
{
  return ask_whether_shared(page, 1);
}

bool page_block_is_shared(const void *block)
{
  return ask_whether_shared(block, BLOCK_PAGES);
}

/* The pages do not change while they are copied: as long as the caller has its
 * references, nobody who shares one is alone with it, and may write to it. */
static void *unshare(char *first, uint64 npages)
{
  acquire(&lock);
  char *own = is_shared(first, npages) ? take_unpromised(npages) : first;
  release(&lock);

  for (uint64 i = 0; own != NULL && own != first && i < npages; i++)
    page_copy(own + i * PGSIZE, first + i * PGSIZE);
  return own;
}

void *page_unshare(void *page)
{
  return unshare(page, 1);
}

void *page_block_unshare(void *block)
{
  return unshare(block, BLOCK_PAGES);
}

uint64 pages_free(void)
{
  return __atomic_load_n(&nfree, __ATOMIC_RELAXED);
}

uint64 pages_reserved(void)
{
  return __atomic_load_n(&npromised, __ATOMIC_RELAXED);
}

uint64 pages_total(void)
{
  return ntotal;
}

void page_fail_nth(uint64 n)
{
  acquire(&lock);
  fail_countdown = n;
  release(&lock);
}

uint64 page_fail_pending(void)
{
  return __atomic_load_n(&fail_countdown, __ATOMIC_RELAXED);
}
