/* The page allocator: free pages, and the references to those that are taken.
 *
 * Each block is on the list of whole ones (all its pages are free), on that of
 * partial ones (some are), or on that of used ones (none is). A page comes from
 * a partial block before a whole one, and a block whose pages have all come
 * back is whole again: so blocks stay whole for those who want 2 MiB at once. A
 * block that is taken whole is joined: its first page's count is that of all,
 * until it is parted.
 *
 * Each hart has a stock of free pages besides, which come from the blocks and
 * go back to them several at a time. So harts seldom wait for each other, and a
 * hart gets pages again that its own cache has. Where the blocks have too
 * little, all stocks are given back before anybody is told so.
 *
 * Pages are numbered from the first block of RAM on. There is a record of each,
 * but at boot only the blocks' records are written, and those of pages in
 * blocks that are not whole: a machine with much RAM starts as fast as others.
 * Read mm/page.h before. */
#include "mm/page.h"
#include "arch/hart.h"
#include "lib/debug.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/pt.h"
#include "sync/spinlock.h"

#define POISON_TAKEN 0x5A
#define POISON_FREE 0xA5

/* Pages that are put before interrupts may come. */
#define PUT_AT_A_TIME 128

#define STOCK_PAGES 16

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

/* Constant after boot: a loop over many pages copies it, into registers. */
struct ram {
  uint64 base; /* the address of page 0, which begins a block */
  uint64 npages;
  struct page *pages; /* NULL: no range had room for the records */
};
static struct ram ram;

/* A hart's stock: of its free pages, none of which counts in nfree, the last
 * one comes first. Its lock is taken before the other. */
static struct stock {
  struct spinlock lock;
  uint npages;
  void *pages[STOCK_PAGES];
} __attribute__((aligned(CACHE_LINE)))
stocks[NCPU] = {[0 ... NCPU - 1] = {.lock = SPINLOCK_INIT("page stock")}};

/* All that follows, and what it points to, is under the lock; but who has the
 * only reference to a page, or has it in a stock, writes its count without. */
static struct block *blocks;
static struct block used = {.next = &used, .prev = &used};
static struct block partial = {.next = &partial, .prev = &partial};
static struct block whole = {.next = &whole, .prev = &whole};
static uint64 nfree, nreserved, ntotal;

/* Blocks: which pages are free. */

static inline struct page *page_record(const struct ram *ram, const void *page)
{
  uint64 number = ((uint64)page - ram->base) / PGSIZE;
  assert(number < ram->npages);
  return &ram->pages[number];
}

/* The record of an allocated page; of a joined block it is the first. */
static inline struct page *record_of(const struct ram *ram, const void *page)
{
  struct page *record = page_record(ram, page);
  assert(record->refs > 0);
  return record;
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

/* Take free pages, of which there are so many, with so many references each. */
static void take_pages(void *taken[], uint64 npages, uint refs)
{
  for (uint64 i = 0; i < npages; i++) {
    struct block *block = partial.next != &partial ? partial.next : whole.next;
    assert(block != &whole);
    struct page *record = &ram.pages[block->returned];
    if (block->returned != 0)
      block->returned = record->next_free;
    else
      record = first_of(block) + block->fresh++;
    record->refs = refs;
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

/* Release: what this hart has read there comes before the count says that
 * another may write to the page, being the only one. That one may free it at
 * once, too, so the count is not looked at again. */
static inline void drop_reference(struct page *record, uint64 npages)
{
  uint left = record->refs - 1;
  __atomic_store_n(&record->refs, left, __ATOMIC_RELEASE);
  if (left == 0)
    give_back(record, npages);
}

/* Stocks. */

/* Where the page is that comes next; the others follow it. */
static void **next_of(struct stock *stock)
{
  return &stock->pages[STOCK_PAGES - stock->npages];
}

/* Give the last npages of a stock back to their blocks. Its lock is held. */
static void give_stock_back(struct stock *stock, uint npages)
{
  void **pages = next_of(stock);
  acquire(&lock);
  for (uint i = STOCK_PAGES - npages; i < STOCK_PAGES; i++)
    give_back(page_record(&ram, stock->pages[i]), 1);
  release(&lock);
  stock->npages -= npages;
  memmove(next_of(stock), pages, stock->npages * sizeof(*pages));
}

/* Give all of them back, for those that found too little in the blocks. */
static void collect_stocks(void)
{
  for (struct stock *stock = stocks; stock < stocks + NCPU; stock++) {
    acquire(&stock->lock);
    give_stock_back(stock, stock->npages);
    release(&stock->lock);
  }
}

/* The stock of this hart, or of that which the thread has just left. */
static struct stock *lock_stock(void)
{
  struct stock *stock = &stocks[HART_FIELD(index)];
  acquire(&stock->lock);
  return stock;
}

/* Allocation. */

/* A page of this hart's stock, with one reference. NULL if that has none, and
 * the blocks have none for it. */
static void *take_from_stock(void)
{
  void *page = NULL;
  struct stock *stock = lock_stock();
  if (stock->npages == 0) {
    acquire(&lock);
    stock->npages = min_u64(STOCK_PAGES / 2, nfree - nreserved);
    take_pages(next_of(stock), stock->npages, 0);
    release(&lock);
  }
  if (stock->npages > 0) {
    page = *next_of(stock);
    stock->npages--;
    page_record(&ram, page)->refs = 1;
  }
  release(&stock->lock);
  return page;
}

void *kalloc(void)
{
  if (DEBUG && page_must_fail())
    return NULL;
  void *page = take_from_stock();
  if (page == NULL) {
    collect_stocks();
    page = take_from_stock();
  }
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

static bool reserve(uint64 npages)
{
  acquire(&lock);
  bool enough = npages <= nfree - nreserved;
  if (enough)
    nreserved += npages;
  release(&lock);
  return enough;
}

int page_reserve(uint64 npages)
{
  if (DEBUG && npages > 0 && page_must_fail())
    return -1;
  if (reserve(npages))
    return 0;
  collect_stocks();
  return reserve(npages) ? 0 : -1;
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
  take_pages(pages, npages, 1); /* they are there (P1) */
  unreserve(npages);
  release(&lock);
  for (uint64 i = 0; i < npages; i++)
    page_zero(pages[i]);
}

/* Take a whole block, for so many reservations or of what is not reserved. */
static char *take_whole(uint64 reservations)
{
  char *first = NULL;
  if (DEBUG && page_must_fail())
    return NULL;
  for (int round = 0; first == NULL && round < 2; round++) {
    if (round > 0)
      collect_stocks(); /* which may lack one page to be whole */
    acquire(&lock);
    if (nfree - nreserved + reservations >= BLOCK_PAGES)
      first = take_block();
    if (first != NULL)
      unreserve(reservations);
    release(&lock);
  }
  return first;
}

void *page_block_take_reserved(void)
{
  char *first = take_whole(BLOCK_PAGES);
  for (uint64 i = 0; first != NULL && i < BLOCK_PAGES; i++)
    page_zero(first + i * PGSIZE);
  return first;
}

/* References. */

/* Of a page that others have, too, this tells what was so a moment ago. */
static inline bool has_others(const struct page *record)
{
  return __atomic_load_n(&record->refs, __ATOMIC_ACQUIRE) > 1;
}

void kfree(void *page)
{
  struct page *record = record_of(&ram, page);
  if (has_others(record)) {
    acquire(&lock);
    drop_reference(record, 1);
    release(&lock);
    return;
  }

  /* Nobody else can get a reference any more. */
  record->refs = 0;
  if (DEBUG)
    memset(page, POISON_FREE, PGSIZE);
  struct stock *stock = lock_stock();
  if (stock->npages == STOCK_PAGES)
    give_stock_back(stock, STOCK_PAGES / 2);
  stock->npages++;
  *next_of(stock) = page;
  release(&stock->lock);
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

/* One count for all becomes a count for each: who uses the block uses each. */
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

bool page_is_shared(const void *first, uint64 npages)
{
  const struct page *record = record_of(&ram, first);
  if (npages == 1)
    return has_others(record);

  acquire(&lock);
  uint64 ncounts = block_of(record)->joined ? 1 : npages, i = 0;
  while (i < ncounts && record[i].refs == 1)
    i++;
  release(&lock);
  return i < ncounts;
}

/* Copy-on-write. The pages do not change while they are copied without the
 * lock: as long as the caller has its references, nobody who shares one is
 * alone with it, and may write to it. */
void *page_unshare(void *first, uint64 npages)
{
  if (!page_is_shared(first, npages))
    return first;
  char *own = npages > 1 ? take_whole(0) : kalloc();
  for (uint64 i = 0; own != NULL && i < npages; i++)
    page_copy(own + i * PGSIZE, (char *)first + i * PGSIZE);
  return own;
}

/* Counts. */

uint64 pages_free(void)
{
  uint64 npages = __atomic_load_n(&nfree, __ATOMIC_RELAXED);
  for (int i = 0; i < NCPU; i++)
    npages += __atomic_load_n(&stocks[i].npages, __ATOMIC_RELAXED);
  return npages;
}

uint64 pages_reserved(void)
{
  return __atomic_load_n(&nreserved, __ATOMIC_RELAXED);
}

uint64 pages_total(void)
{
  return ntotal;
}
