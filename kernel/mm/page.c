#include "mm/page.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "sync/spinlock.h"

#define MAX_RANGES 8
#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

/* What is known of one page. */
struct page_info {
  uint refs;
  union {
    uint leaving;   /* while refs > 0: references in page_unshare's copy */
    uint next_free; /* while refs == 0: page_number, 0 at the end */
  };
};

/* A stretch of memory. Its first pages hold what is known of the others.
 * Pages from fresh on were never taken: neither they nor their page_info
 * were ever touched, so that boot costs the same whatever the size of RAM. */
struct range {
  uint64 start; /* first page that can be taken */
  uint64 fresh;
  uint64 end;
  struct page_info *info;
};

static struct spinlock lock = SPINLOCK_INIT("page");

/* All under the lock. */
static struct range ranges[MAX_RANGES];
static int nranges;
static uint free_list; /* page number of the first, 0: empty */
static uint64 nfree, npromised, ntotal;
static uint64 fail_countdown;

/* Pages numbered from 1 at the first range, so that 0 is no page. */
static uint page_number(const void *page)
{
  return (((uint64)page - ranges[0].start) >> PGSHIFT) + 1;
}

static void *numbered_page(uint number)
{
  return (void *)(ranges[0].start + ((uint64)(number - 1) << PGSHIFT));
}

static struct range *range_of(uint64 pa)
{
  for (struct range *r = ranges; r < ranges + nranges; r++)
    if (pa >= r->start && pa < r->end)
      return r;
  return NULL;
}

static struct page_info *info_of(const void *page)
{
  struct range *r = range_of((uint64)page);
  assert(r != NULL && ((uint64)page & (PGSIZE - 1)) == 0);
  return &r->info[((uint64)page - r->start) >> PGSHIFT];
}

/* The same for a page that must be allocated. */
static struct page_info *taken_info(const void *page)
{
  struct page_info *info = info_of(page);
  assert((uint64)page < range_of((uint64)page)->fresh && info->refs > 0);
  return info;
}

void page_add_range(uint64 start, uint64 end)
{
  start = PGROUNDUP(start);
  end = PGROUNDDOWN(end);
  if (start >= end)
    return;

  uint64 npages = (end - start) >> PGSHIFT;
  uint64 info_bytes = PGROUNDUP(npages * sizeof(struct page_info));
  if (info_bytes >= end - start)
    return;

  assert(nranges < MAX_RANGES);
  struct range *r = &ranges[nranges++];
  r->info = (struct page_info *)start;
  r->start = r->fresh = start + info_bytes;
  r->end = end;
  npages = (r->end - r->start) >> PGSHIFT;
  nfree += npages;
  ntotal += npages;
}

/* A page that was given back, or else one never taken. nfree > 0. */
static void *take_listed(void)
{
  void *page = numbered_page(free_list);
  free_list = info_of(page)->next_free;
  return page;
}

static void *take_fresh(void)
{
  struct range *r = ranges;
  while (r->fresh == r->end) {
    r++;
    assert(r < ranges + nranges);
  }
  void *page = (void *)r->fresh;
  r->fresh += PGSIZE;
  return page;
}

static void *take(void)
{
  assert(nfree > 0);
  nfree--;
  void *page = free_list != 0 ? take_listed() : take_fresh();
  *info_of(page) = (struct page_info){.refs = 1};
  return page;
}

static void give_back(void *page, struct page_info *info)
{
  if (DEBUG)
    memset(page, POISON_FREE, PGSIZE);
  info->next_free = free_list;
  free_list = page_number(page);
  nfree++;
}

static void drop_reference(void *page, struct page_info *info)
{
  if (--info->refs == 0)
    give_back(page, info);
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

void *page_alloc_promised(void)
{
  acquire(&lock);
  assert(npromised > 0);
  npromised--;
  void *page = take();
  release(&lock);

  page_zero(page);
  return page;
}

int page_promise(uint64 npages)
{
  acquire(&lock);
  bool enough = npages <= nfree - npromised;
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

void page_get(void *page)
{
  acquire(&lock);
  taken_info(page)->refs++;
  release(&lock);
}

void page_put(void *page)
{
  acquire(&lock);
  drop_reference(page, taken_info(page));
  release(&lock);
}

/* Users that go on sharing the page: those in the middle of page_unshare have
 * left already, and have paid. */
static uint sharers(const struct page_info *info)
{
  return info->refs - info->leaving;
}

void page_put_cow(void *page)
{
  acquire(&lock);
  struct page_info *info = taken_info(page);
  if (sharers(info) > 1) {
    assert(npromised > 0);
    npromised--; /* P3: one sharer less */
  }
  drop_reference(page, info);
  release(&lock);
}

/* The last sharer keeps the page, but may not write to it before those that
 * have left have copied it. They do so with interrupts off, so this is short.
 * The lock is held, at the end too. */
static void await_leavers(const struct page_info *info)
{
  while (sharers(info) == 1 && info->leaving > 0) {
    release(&lock);
    acquire(&lock);
  }
}

void *page_unshare(void *page)
{
  irq_push();
  acquire(&lock);
  struct page_info *info = taken_info(page);
  await_leavers(info);
  if (info->refs == 1) {
    release(&lock);
    irq_pop();
    return page;
  }

  info->leaving++;
  assert(npromised > 0);
  npromised--; /* P3: one sharer less, and P1: it pays for take() */
  void *copy = take();
  release(&lock);

  page_copy(copy, page);

  acquire(&lock);
  info->leaving--;
  drop_reference(page, info);
  release(&lock);
  irq_pop();
  return copy;
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
