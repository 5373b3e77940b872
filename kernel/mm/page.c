/* The page allocator: free pages, and the references to those that are taken.
 *
 * Each block is on the list of whole ones (all its pages are free), on that of
 * partial ones (some are), or on none. A page comes from a partial block before
 * a whole one, and a block whose pages have all come back is whole again: so
 * blocks stay whole for those who want 2 MiB at once. A block that is taken
 * whole is joined: its first page's count is that of all, until it is parted.
 *
 * The records of a range's blocks and pages stand in its own first pages. A
 * block is put on a list when no listed one will do, so that boot costs the
 * same whatever the size of RAM. Read mm/page.h before. */
#include "mm/page.h"
#include "lib/fdt.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

/* Pages that are put before interrupts may come. */
#define PUT_AT_A_TIME 128

#define NO_PAGE BLOCK_PAGES /* an index that no page has */

/* What is known of a page. */
struct page {
  uint refs;      /* 0: free */
  uint next_free; /* while refs == 0: the next one's index in its block */
};

/* An aligned block, or as much of it as its range has: then it is never whole.
 */
struct block {
  struct block *next;  /* on its list */
  struct block **link; /* the pointer to it there */
  uint64 start;        /* its address, a multiple of SUPERPGSIZE */
  struct page *page;   /* its pages */
  uint nfree;
  uint returned; /* first of the free pages that were taken before */
  uint fresh;    /* from this index on, no page was taken since it was whole,
                    and their records are rubbish */
  bool joined;
};

/* A stretch of memory. A reserved range of the device tree parts it in two. */
struct range {
  uint64 base;   /* where blocks[0] and pages[0] begin */
  uint64 nbytes; /* from there to its end */
  uint64 start;  /* first page that can be taken */
  uint64 fresh;  /* the first block that was never listed */
  struct block *blocks;
  struct page *pages;
};

#define MAX_RANGES (RESERVED_MAX + 1)

static struct spinlock lock = SPINLOCK_INIT("page");

/* All that follows, and what it points to, is under the lock. */
static struct range ranges[MAX_RANGES]; /* unused: empty */
static int nranges;
static struct block *partial, *whole;
static uint64 nfree, nreserved, ntotal;
static uint64 fail_countdown;

/* Blocks: which pages are free. */

/* Machines have few ranges, and nearly all pages are in the first. */
static inline const struct range *range_of(const void *page)
{
  const struct range *r = ranges;

  while ((uint64)page - r->base >= r->nbytes) {
    r++;
    assert(r < ranges + MAX_RANGES);
  }
  return r;
}

static struct block *block_of(const void *page)
{
  const struct range *r = range_of(page);
  return &r->blocks[((uint64)page - r->base) / SUPERPGSIZE];
}

static uint index_of(const void *page)
{
  return (uint64)page % SUPERPGSIZE / PGSIZE;
}

/* The record of an allocated page, which is in no joined block unless it is its
 * first. *near, zeros at first, is a copy of the range that was looked up last,
 * which as a rule is this page's: a loop over many has it in registers. */
static inline struct page *page_near(struct range *near, const void *page)
{
  if ((uint64)page - near->base >= near->nbytes)
    *near = *range_of(page);
  struct page *found = &near->pages[((uint64)page - near->base) / PGSIZE];

  assert(found->refs > 0);
  return found;
}

/* The list for blocks with so many free pages; NULL for none. */
static struct block **list_for(uint free_pages)
{
  if (free_pages == 0)
    return NULL;
  return free_pages == BLOCK_PAGES ? &whole : &partial;
}

/* The block has so many free pages from here on: move it to their list. */
static void set_free(struct block *block, uint free_pages)
{
  struct block **from = list_for(block->nfree), **to = list_for(free_pages);

  block->nfree = free_pages;
  if (from == to) /* mostly: it stays partial */
    return;
  if (from != NULL) {
    *block->link = block->next;
    if (block->next != NULL)
      block->next->link = block->link;
  }
  if (to != NULL) {
    block->next = *to;
    block->link = to;
    if (block->next != NULL)
      block->next->link = &block->next;
    *to = block;
  }
}

void page_add_range(uint64 start, uint64 end)
{
  start = PGROUNDUP(start);
  end = PGROUNDDOWN(end);
  uint64 base = SUPERPGROUNDDOWN(start);
  uint64 nblocks = (SUPERPGROUNDUP(end) - base) / SUPERPGSIZE;
  uint64 page_bytes = nblocks * BLOCK_PAGES * sizeof(struct page);
  uint64 own_bytes = PGROUNDUP(page_bytes + nblocks * sizeof(struct block));
  if (start >= end || own_bytes >= end - start)
    return;

  assert(nranges < MAX_RANGES);
  ranges[nranges++] = (struct range){
      .base = base,
      .nbytes = end - base,
      .start = start + own_bytes,
      .fresh = SUPERPGROUNDDOWN(start + own_bytes),
      .pages = (struct page *)start,
      .blocks = (struct block *)(start + page_bytes),
  };
  nfree += (end - start - own_bytes) / PGSIZE;
  ntotal = nfree;
}

/* List the next block that was never listed. False: there is none. */
static bool list_fresh_block(void)
{
  struct range *r = ranges;
  while (r < ranges + nranges && r->fresh >= r->base + r->nbytes)
    r++;
  if (r == ranges + nranges)
    return false;

  uint64 start = r->fresh, end = start + SUPERPGSIZE;
  uint64 first = max_u64(start, r->start); /* that can be taken */
  struct block *block = &r->blocks[(start - r->base) / SUPERPGSIZE];
  block->start = start;
  block->page = &r->pages[(start - r->base) / PGSIZE];
  block->joined = false;
  block->fresh = (first - start) / PGSIZE;
  block->returned = NO_PAGE;
  block->nfree = 0;
  r->fresh = end;
  set_free(block, (min_u64(end, r->base + r->nbytes) - first) / PGSIZE);
  return true;
}

/* Take a free page, of which there is one, with one reference. */
static void *take_page(void)
{
  assert(nfree > 0);
  if (partial == NULL && whole == NULL)
    list_fresh_block();
  struct block *block = partial != NULL ? partial : whole;
  assert(block != NULL);

  uint index = block->returned;
  if (index != NO_PAGE)
    block->returned = block->page[index].next_free;
  else
    index = block->fresh++;
  block->page[index].refs = 1;
  set_free(block, block->nfree - 1);
  nfree--;
  return (void *)(block->start + (uint64)index * PGSIZE);
}

/* Take a whole block, joined, with one reference; NULL if there is none. */
static void *take_block(void)
{
  while (whole == NULL)
    if (!list_fresh_block())
      return NULL;

  struct block *block = whole;
  block->page[0].refs = 1;
  block->joined = true;
  block->fresh = BLOCK_PAGES;
  set_free(block, 0);
  nfree -= BLOCK_PAGES;
  return (void *)block->start;
}

/* Free a page, or a joined block, to which nobody has a reference any more. */
static void give_back(void *first, uint64 npages)
{
  struct block *block = block_of(first);
  uint index = index_of(first);

  if (DEBUG)
    memset(first, POISON_FREE, npages * PGSIZE);
  if (block->nfree + npages < BLOCK_PAGES) {
    block->page[index].next_free = block->returned;
    block->returned = index;
  } else {
    block->returned = NO_PAGE;
    block->fresh = 0;
    block->joined = false;
  }
  set_free(block, block->nfree + npages);
  nfree += npages;
}

static inline void drop_reference(struct page *record, void *first,
                                  uint64 npages)
{
  debug_assert(record->refs > 0);
  if (--record->refs == 0)
    give_back(first, npages);
}

/* Allocation. */

static bool must_fail(void)
{
  return DEBUG && fail_countdown > 0 && --fail_countdown == 0;
}

/* Take pages that are not reserved; NULL if there are none. The lock is held.
 */
static void *take_unreserved(uint64 npages)
{
  if (npages > nfree - nreserved || must_fail())
    return NULL;
  return npages == 1 ? take_page() : take_block();
}

void *kalloc(void)
{
  acquire(&lock);
  void *page = take_unreserved(1);
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

int page_reserve(uint64 npages)
{
  acquire(&lock);
  bool enough = npages <= nfree - nreserved && (npages == 0 || !must_fail());
  if (enough)
    nreserved += npages;
  release(&lock);
  return enough ? 0 : -1;
}

/* The lock is held. */
static inline void unreserve(uint64 npages)
{
  assert(npages <= nreserved);
  nreserved -= npages;
}

void page_unreserve(uint64 npages)
{
  acquire(&lock);
  unreserve(npages);
  release(&lock);
}

void *kalloc_reserved(uint64 npages)
{
  char *first = NULL;

  acquire(&lock);
  if (npages == 1)
    first = take_page(); /* there is one (P1) */
  else if (!must_fail())
    first = take_block();
  if (first != NULL)
    unreserve(npages);
  release(&lock);

  for (uint64 i = 0; first != NULL && i < npages; i++)
    page_zero(first + i * PGSIZE);
  return first;
}

/* References. */

void kfree(void *page)
{
  struct range near = {0};

  acquire(&lock);
  drop_reference(page_near(&near, page), page, 1);
  release(&lock);
}

void pages_get(const pte_t entries[], uint64 n)
{
  struct range near = {0};

  acquire(&lock);
  for (uint64 i = 0; i < n; i++) {
    if (pte_valid(entries[i]))
      page_near(&near, pte_target(entries[i]))->refs++;
  }
  release(&lock);
}

void pages_put(const pte_t entries[], uint64 n)
{
  struct range near = {0};

  while (n > 0) {
    uint64 part = min_u64(n, PUT_AT_A_TIME), reservations = 0;

    acquire(&lock);
    for (const pte_t *end = entries + part; entries < end; entries++) {
      pte_t word = *entries;
      if (word & PTE_RESERVED)
        reservations++;
      else if (word != 0)
        drop_reference(page_near(&near, pte_target(word)), pte_target(word), 1);
    }
    n -= part;
    unreserve(reservations);
    release(&lock);
  }
}

void page_block_get(void *first)
{
  acquire(&lock);
  struct block *block = block_of(first);
  for (uint i = 0; i < (block->joined ? 1 : BLOCK_PAGES); i++) {
    assert(block->page[i].refs > 0);
    block->page[i].refs++;
  }
  release(&lock);
}

void page_block_put(void *first)
{
  acquire(&lock);
  struct block *block = block_of(first);
  uint ncounts = block->joined ? 1 : BLOCK_PAGES;
  for (uint i = 0; i < ncounts; i++) {
    if (i % PUT_AT_A_TIME == PUT_AT_A_TIME - 1) {
      release(&lock); /* it stays parted: the caller still has the rest */
      acquire(&lock);
    }
    drop_reference(&block->page[i], (char *)first + i * PGSIZE,
                   BLOCK_PAGES / ncounts);
  }
  release(&lock);
}

/* What was one count for all becomes a count for each: every user of the block
 * is one of each page. */
void page_block_part(void *first)
{
  acquire(&lock);
  struct block *block = block_of(first);
  for (uint i = 1; block->joined && i < BLOCK_PAGES; i++)
    block->page[i] = block->page[0];
  block->joined = false;
  release(&lock);
}

bool page_block_is_joined(const void *first)
{
  return block_of(first)->joined;
}

/* Whether one of these pages has another user. The lock is held. */
static bool is_shared(const void *first, uint64 npages)
{
  const struct block *block = block_of(first);
  uint i = index_of(first);
  uint end = i + (block->joined ? 1 : npages); /* of their counts */

  while (i < end && block->page[i].refs == 1)
    i++;
  if (i == end)
    return false;
  assert(block->page[i].refs > 0);
  return true;
}

bool page_is_shared(const void *first, uint64 npages)
{
  acquire(&lock);
  bool shared = is_shared(first, npages);
  release(&lock);
  return shared;
}

/* Copy-on-write. The pages do not change while they are copied without the
 * lock: as long as the caller has its references, nobody who shares one is
 * alone with it, and may write to it. */
void *page_unshare(void *first, uint64 npages)
{
  acquire(&lock);
  char *own = is_shared(first, npages) ? take_unreserved(npages) : first;
  release(&lock);

  for (uint64 i = 0; own != NULL && own != first && i < npages; i++)
    page_copy(own + i * PGSIZE, (char *)first + i * PGSIZE);
  return own;
}

/* Counts, and failures for tests. */

uint64 pages_free(void)
{
  return __atomic_load_n(&nfree, __ATOMIC_RELAXED);
}

uint64 pages_reserved(void)
{
  return __atomic_load_n(&nreserved, __ATOMIC_RELAXED);
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
