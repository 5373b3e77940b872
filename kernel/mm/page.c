#include "mm/page.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page_block.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

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

/* Users that go on sharing the page: those in the middle of page_unshare have
 * left already, and have paid. */
static inline uint sharers(const struct page_info *info)
{
  return info->refs - info->leaving;
}

static bool must_fail(void)
{
  return DEBUG && fail_countdown > 0 && --fail_countdown == 0;
}

void *page_alloc(void)
{
  void *page = NULL;

  acquire(&lock);
  if (nfree > npromised && !must_fail())
    page = take();
  release(&lock);

  if (DEBUG && page != NULL)
    memset(page, POISON_TAKEN, PGSIZE);
  return page;
}

void *page_alloc_zeroed(void)
{
  void *page = page_alloc();
  if (page != NULL)
    page_zero(page);
  return page;
}

/* A page, or a block, for as many promises, which the caller had. A block
 * may be NULL: none is whole, and nothing has changed. */
static void *take_promised(uint64 npages)
{
  assert_cmp(npages, <=, npromised);
  if (npages == 1) {
    npromised--;
    return take();
  }

  void *block = must_fail() ? NULL : block_take_whole();
  if (block != NULL) {
    nfree -= npages;
    npromised -= npages;
  }
  return block;
}

static void *alloc_promised(uint64 npages)
{
  acquire(&lock);
  char *first = take_promised(npages);
  release(&lock);

  for (uint64 i = 0; first != NULL && i < npages; i++)
    page_zero(first + i * PGSIZE);
  return first;
}

void *page_alloc_promised(void)
{
  return alloc_promised(1);
}

void *page_block_alloc_promised(void)
{
  return alloc_promised(BLOCK_PAGES);
}

int page_promise(uint64 npages)
{
  acquire(&lock);
  bool enough = npages <= nfree - npromised && (npages == 0 || !must_fail());
  if (enough)
    npromised += npages;
  release(&lock);
  return enough ? 0 : -1;
}

void page_unpromise(uint64 npages)
{
  acquire(&lock);
  take_back_promises(npages);
  release(&lock);
}

void page_put(void *page)
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

void pages_put(const pte_t entries[], uint64 n)
{
  struct page_range near = {0};
  uint64 npromises = 0;

  acquire(&lock);
  for (uint64 i = 0; i < n; i++) {
    pte_t word = entries[i];
    if (pte_valid(word)) {
      struct page_info *info = page_info_near(&near, pte_target(word));
      npromises += (word & PTE_COW) && sharers(info) > 1; /* P3 */
      drop_reference(info, PTE2PA(word), 1);
    } else if (word & PTE_PROMISED) {
      npromises++;
    }
  }
  take_back_promises(npromises);
  release(&lock);
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
  for (uint i = 0; i < it.n; i++)
    drop_reference(&it.info[i], it.first + i * PGSIZE, it.npages);
  release(&lock);
}

void page_block_put_cow(void *block)
{
  acquire(&lock);
  struct counted it = counted(block, BLOCK_PAGES);
  for (uint i = 0; i < it.n; i++) {
    if (sharers(&it.info[i]) > 1)
      take_back_promises(it.npages); /* P3: one sharer less */
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

/* How some pages are shared with others than the caller. */
enum sharing {
  ALONE,   /* none is */
  SHARED,  /* each is */
  MIXED,   /* some are */
  LEAVERS, /* none with any who will stay, but some are still being copied */
};

static enum sharing sharing_of(const struct counted *it)
{
  uint nshared = 0;

  for (uint i = 0; i < it->n; i++) {
    if (sharers(&it->info[i]) > 1)
      nshared++;
    else if (it->info[i].leaving > 0)
      return LEAVERS;
  }
  if (nshared == 0)
    return ALONE;
  return nshared == it->n ? SHARED : MIXED;
}

/* The last sharer keeps the page, but may not write to it before those that
 * have left have copied it. They do so with interrupts off, so this is short.
 * The lock is held, at the end too. */
static enum sharing await_leavers(const void *first, uint64 npages)
{
  for (;;) {
    struct counted it = counted(first, npages);
    enum sharing sharing = sharing_of(&it);
    if (sharing != LEAVERS)
      return sharing;
    release(&lock);
    acquire(&lock);
  }
}

/* Move to own from pages that the caller leaves to those who share them. The
 * lock is held, but not while copying: a sharer may part the block then, and
 * each of its pages is left. */
static void leave(char *first, char *own, uint64 npages)
{
  struct counted it = counted(first, npages);
  for (uint i = 0; i < it.n; i++)
    it.info[i].leaving++;
  release(&lock);

  for (uint64 i = 0; i < npages; i++)
    page_copy(own + i * PGSIZE, first + i * PGSIZE);

  acquire(&lock);
  it = counted(first, npages);
  for (uint i = 0; i < it.n; i++) {
    it.info[i].leaving--;
    drop_reference(&it.info[i], it.first + i * PGSIZE, it.npages);
  }
}

static void *unshare(void *first, uint64 npages)
{
  void *own = NULL;

  irq_push();
  acquire(&lock);
  enum sharing sharing = await_leavers(first, npages);
  if (sharing == ALONE)
    own = first;
  if (sharing == SHARED)
    own = take_promised(npages); /* P3: one sharer less of each; P1 */
  if (own != NULL && own != first)
    leave(first, own, npages);
  release(&lock);
  irq_pop();
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

uint64 pages_promised(void)
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
