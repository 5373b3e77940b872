/* The page allocator: free pages, and the references to those that are taken.
 *
 * Each block is on the list of whole ones (all its pages are free), on that of
 * partial ones (some are), or on that of used ones (none is). A page comes from
 * a partial block before a whole one, and a block whose pages have all come
 * back is whole again: so blocks stay whole for those who want 2 MiB at once. A
 * block that is taken whole is joined: its first page's count is that of all,
 * until it is parted.
 *
 * Pages are numbered from the first block of RAM on. There is a record of each,
 * but at boot only the blocks' records are written, and those of pages in
 * blocks that are not whole: a machine with much RAM starts as fast as others.
 * Read mm/page.h before. */
#include "mm/page.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

/* Pages that are put before interrupts may come. */
#define PUT_AT_A_TIME 128

/* What is known of a page. */
struct page {
  uint refs;      /* 0: free */
  uint next_free; /* while refs == 0: the next one's number. 0: none, since
                     page 0 is the kernel's, or holds these records */
};

/* An aligned block, of which others may have a part: then it is never whole. */
struct block {
  struct block *next, *prev; /* on its list, which is a ring */
  uint nfree;
  uint returned; /* first of the free pages that were taken before; 0: none */
  uint fresh;    /* from this index on, no page was taken since it was whole,
                    and their records are rubbish */
  bool joined;
};

static struct spinlock lock = SPINLOCK_INIT("page");

/* It does not change after boot: a loop over many pages has a copy of its own,
 * in registers. */
struct ram {
  uint64 base; /* the address of page 0, which begins a block */
  uint64 npages;
  struct page *pages; /* NULL: no range had room for the records */
};
static struct ram ram;

/* All that follows, and what it points to, is under the lock. */
static struct block *blocks;
static struct block used = {.next = &used, .prev = &used};
static struct block partial = {.next = &partial, .prev = &partial};
static struct block whole = {.next = &whole, .prev = &whole};
static uint64 nfree, nreserved, ntotal;
static uint64 fail_countdown;

/* Blocks: which pages are free. */

/* The record of an allocated page, which is in no joined block unless it is its
 * first. */
static inline struct page *record_of(const struct ram *ram, const void *page)
{
  uint64 number = ((uint64)page - ram->base) / PGSIZE;
  assert(number < ram->npages && ram->pages[number].refs > 0);
  return &ram->pages[number];
}

static inline uint64 number_of(const struct page *record)
{
  return record - ram.pages;
}

static void *address_of(const struct page *record)
{
  return (void *)(ram.base + number_of(record) * PGSIZE);
}

static struct block *block_of(const struct page *record)
{
  return &blocks[number_of(record) / BLOCK_PAGES];
}

static struct page *first_of(const struct block *block)
{
  return &ram.pages[(block - blocks) * BLOCK_PAGES];
}

/* Move a block to the list for as many free pages as it has. */
static void change_list(struct block *block)
{
  struct block *list = &partial;
  if (block->nfree == 0 || block->nfree == BLOCK_PAGES)
    list = block->nfree == 0 ? &used : &whole;
  block->prev->next = block->next;
  block->next->prev = block->prev;
  block->prev = list;
  block->next = list->next;
  block->prev->next = block->next->prev = block;
}

static inline bool is_partial(uint free_pages)
{
  return free_pages > 0 && free_pages < BLOCK_PAGES;
}

/* The block has so many free pages from here on. Mostly it stays partial. */
static inline void set_free(struct block *block, uint free_pages)
{
  uint old = block->nfree;
  nfree += (uint64)free_pages - old;
  block->nfree = free_pages;
  if (!is_partial(old) || !is_partial(free_pages))
    change_list(block);
}

/* Put a page, whose record says that it is free, on its block's list. */
static void list_page(struct block *block, struct page *record)
{
  record->next_free = block->returned;
  block->returned = number_of(record);
}

void page_init(uint64 start, uint64 end)
{
  ram.base = SUPERPGROUNDDOWN(start);
  ram.npages = (SUPERPGROUNDUP(end) - ram.base) / PGSIZE;
}

void page_add_range(uint64 start, uint64 end)
{
  start = PGROUNDUP(start);
  end = PGROUNDDOWN(end);
  if (ram.pages == NULL) {
    uint64 page_bytes = ram.npages * sizeof(struct page);
    uint64 nblocks = ram.npages / BLOCK_PAGES;
    uint64 bytes = PGROUNDUP(page_bytes + nblocks * sizeof(struct block));
    if (start >= end || bytes > end - start)
      return;
    ram.pages = (struct page *)start;
    blocks = (struct block *)(start + page_bytes);
    for (uint64 i = 0; i < nblocks; i++)
      blocks[i] = (struct block){&blocks[i], &blocks[i], .fresh = BLOCK_PAGES};
    start += bytes;
  }

  /* From the end down, so that low addresses are taken first. */
  for (uint64 from; start < end; end = from) {
    from = max_u64(start, SUPERPGROUNDDOWN(end - 1));
    struct page *record = &ram.pages[(from - ram.base) / PGSIZE];
    struct block *block = block_of(record);
    uint64 n = (end - from) / PGSIZE;
    if (n == BLOCK_PAGES)
      block->fresh = 0;
    for (uint64 i = n; n < BLOCK_PAGES && i-- > 0;) {
      record[i].refs = 0;
      list_page(block, &record[i]);
    }
    set_free(block, block->nfree + n);
    ntotal += n;
  }
}

/* Take free pages, of which there are so many, with one reference each. */
static void take_pages(void *taken[], uint64 npages)
{
  for (uint64 i = 0; i < npages; i++) {
    struct block *block = partial.next != &partial ? partial.next : whole.next;
    assert(block != &whole);
    struct page *record = &ram.pages[block->returned];
    if (block->returned != 0)
      block->returned = record->next_free;
    else
      record = first_of(block) + block->fresh++;
    record->refs = 1;
    set_free(block, block->nfree - 1);
    taken[i] = address_of(record);
  }
}

/* Take a whole block, joined, with one reference; NULL if there is none. */
static void *take_block(void)
{
  struct block *block = whole.next;
  if (block == &whole)
    return NULL;
  first_of(block)->refs = 1;
  block->joined = true;
  block->fresh = BLOCK_PAGES;
  set_free(block, 0);
  return address_of(first_of(block));
}

/* Free a page, or a joined block, to which nobody has a reference any more. */
static inline void give_back(struct page *record, uint64 npages)
{
  struct block *block = block_of(record);
  if (DEBUG)
    memset(address_of(record), POISON_FREE, npages * PGSIZE);
  if (block->nfree + npages < BLOCK_PAGES) {
    list_page(block, record);
  } else {
    block->returned = 0;
    block->fresh = 0;
    block->joined = false;
  }
  set_free(block, block->nfree + npages);
}

static inline void drop_reference(struct page *record, uint64 npages)
{
  if (--record->refs == 0)
    give_back(record, npages);
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
  if (npages > 1)
    return take_block();
  void *page;
  take_pages(&page, 1);
  return page;
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

void pages_take_reserved(void *pages[], uint64 npages)
{
  acquire(&lock);
  take_pages(pages, npages); /* they are there (P1) */
  unreserve(npages);
  release(&lock);
  for (uint64 i = 0; i < npages; i++)
    page_zero(pages[i]);
}

void *page_block_take_reserved(void)
{
  acquire(&lock);
  char *first = must_fail() ? NULL : take_block();
  if (first != NULL)
    unreserve(BLOCK_PAGES);
  release(&lock);
  for (uint64 i = 0; first != NULL && i < BLOCK_PAGES; i++)
    page_zero(first + i * PGSIZE);
  return first;
}

/* References. */

void kfree(void *page)
{
  acquire(&lock);
  drop_reference(record_of(&ram, page), 1);
  release(&lock);
}

void pages_get(const pte_t entries[], uint64 n)
{
  acquire(&lock);
  for (uint64 i = 0; i < n; i++)
    if (pte_valid(entries[i]))
      record_of(&ram, pte_target(entries[i]))->refs++;
  release(&lock);
}

void pages_put(const pte_t entries[], uint64 n)
{
  const struct ram copy = ram;
  while (n > 0) {
    uint64 part = min_u64(n, PUT_AT_A_TIME), reservations = 0;

    acquire(&lock);
    for (const pte_t *end = entries + part; entries < end; entries++) {
      pte_t word = *entries;
      if (word == PTE_RESERVED)
        reservations++;
      else if (word != 0)
        drop_reference(record_of(&copy, pte_target(word)), 1);
    }
    n -= part;
    unreserve(reservations);
    release(&lock);
  }
}

void page_block_get(void *first)
{
  acquire(&lock);
  struct page *record = record_of(&ram, first);
  for (uint i = 0; i < (block_of(record)->joined ? 1 : BLOCK_PAGES); i++)
    record[i].refs++;
  release(&lock);
}

void page_block_put(void *first)
{
  acquire(&lock);
  struct page *record = record_of(&ram, first);
  bool joined = block_of(record)->joined;
  if (joined)
    drop_reference(record, BLOCK_PAGES);
  release(&lock);

  for (uint i = 0; !joined && i < BLOCK_PAGES; i++)
    kfree((char *)first + i * PGSIZE); /* it stays parted till the last one */
}

/* What was one count for all becomes a count for each: every user of the block
 * is one of each page. */
void page_block_part(void *first)
{
  acquire(&lock);
  struct page *record = record_of(&ram, first);
  struct block *block = block_of(record);
  for (uint i = 1; block->joined && i < BLOCK_PAGES; i++)
    record[i] = record[0];
  block->joined = false;
  release(&lock);
}

/* Whether one of these pages has another user. The lock is held. */
static bool is_shared(const void *first, uint64 npages)
{
  const struct page *record = record_of(&ram, first);
  uint64 ncounts = block_of(record)->joined ? 1 : npages, i = 0;
  while (i < ncounts && record[i].refs == 1)
    i++;
  return i < ncounts;
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
