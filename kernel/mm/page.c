#include "mm/page.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page_block.h"
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

static void drop_reference(void *page, struct page_info *info)
{
  assert(info->refs > 0);
  if (--info->refs > 0)
    return;
  if (DEBUG)
    memset(page, POISON_FREE, PGSIZE);
  block_give_page(page);
  nfree++;
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

void *page_alloc_block_promised(void)
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
  assert_cmp(npages, <=, npromised);
  npromised -= npages;
  release(&lock);
}

void pages_get(void *first, uint64 npages)
{
  acquire(&lock);
  struct page_info *info = block_page_info(first);
  for (uint64 i = 0; i < npages; i++)
    info[i].refs++;
  release(&lock);
}

void pages_put(void *first, uint64 npages)
{
  acquire(&lock);
  struct page_info *info = block_page_info(first);
  for (uint64 i = 0; i < npages; i++)
    drop_reference((char *)first + i * PGSIZE, &info[i]);
  release(&lock);
}

void page_put(void *page)
{
  pages_put(page, 1);
}

/* Users that go on sharing the page: those in the middle of page_unshare have
 * left already, and have paid. */
static uint sharers(const struct page_info *info)
{
  return info->refs - info->leaving;
}

void pages_put_cow(void *first, uint64 npages)
{
  acquire(&lock);
  struct page_info *info = block_page_info(first);
  for (uint64 i = 0; i < npages; i++) {
    if (sharers(&info[i]) > 1) {
      assert(npromised > 0);
      npromised--; /* P3: one sharer less */
    }
    drop_reference((char *)first + i * PGSIZE, &info[i]);
  }
  release(&lock);
}

/* How some pages are shared with others than the caller. */
enum sharing {
  ALONE,   /* none is */
  SHARED,  /* each is */
  MIXED,   /* some are */
  LEAVERS, /* none with any who will stay, but some are still being copied */
};

static enum sharing sharing_of(const struct page_info *info, uint64 npages)
{
  uint64 nshared = 0;

  for (uint64 i = 0; i < npages; i++) {
    if (sharers(&info[i]) > 1)
      nshared++;
    else if (info[i].leaving > 0)
      return LEAVERS;
  }
  if (nshared == 0)
    return ALONE;
  return nshared == npages ? SHARED : MIXED;
}

/* The last sharer keeps the page, but may not write to it before those that
 * have left have copied it. They do so with interrupts off, so this is short.
 * The lock is held, at the end too. */
static enum sharing await_leavers(const struct page_info *info, uint64 npages)
{
  enum sharing sharing;

  while ((sharing = sharing_of(info, npages)) == LEAVERS) {
    release(&lock);
    acquire(&lock);
  }
  return sharing;
}

/* Move to own from pages that the caller leaves to those who share them. The
 * lock is held, but not while copying. */
static void leave(struct page_info *info, char *first, char *own, uint64 npages)
{
  for (uint64 i = 0; i < npages; i++)
    info[i].leaving++;
  release(&lock);

  for (uint64 i = 0; i < npages; i++)
    page_copy(own + i * PGSIZE, first + i * PGSIZE);

  acquire(&lock);
  for (uint64 i = 0; i < npages; i++) {
    info[i].leaving--;
    drop_reference(first + i * PGSIZE, &info[i]);
  }
}

static void *unshare(void *first, uint64 npages)
{
  void *own = NULL;

  irq_push();
  acquire(&lock);
  struct page_info *info = block_page_info(first);
  enum sharing sharing = await_leavers(info, npages);
  if (sharing == ALONE)
    own = first;
  if (sharing == SHARED)
    own = take_promised(npages); /* P3: one sharer less of each; P1 */
  if (own != NULL && own != first)
    leave(info, first, own, npages);
  release(&lock);
  irq_pop();
  return own;
}

void *page_unshare(void *page)
{
  return unshare(page, 1);
}

void *page_unshare_block(void *block)
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
