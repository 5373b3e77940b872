#include "mm/page_block.h"
#include "mm/page.h"

#define NO_PAGE BLOCK_PAGES /* an index that no page has */

/* An aligned block, or as much of it as its range has. */
struct block {
  struct block *next;  /* on its list */
  struct block **link; /* the pointer to it there */
  uint64 start;        /* its address, a multiple of SUPERPGSIZE */
  struct page_info *page;
  uint nfree;
  uint returned; /* first of the free pages that were taken before */
  uint fresh;    /* from this index on, no page was taken since it was whole,
                    and what is known of them is rubbish */
  bool joined;
};

/* All under the allocator's lock. */
struct page_range page_ranges[MAX_PAGE_RANGES];
static int nranges;
static struct block *partial, *whole;

static struct block *block_in(const struct page_range *r, uint64 pa)
{
  return &r->blocks[(pa - r->base) / SUPERPGSIZE];
}

static struct block *block_of(const void *page)
{
  return block_in(page_range_of(page), (uint64)page);
}

static uint index_in(const struct block *block, const void *page)
{
  return ((uint64)page - block->start) / PGSIZE;
}

bool block_is_joined(const void *block)
{
  return block_of(block)->joined;
}

void block_part(void *block)
{
  struct block *b = block_of(block);

  for (uint i = 1; b->joined && i < BLOCK_PAGES; i++)
    b->page[i] = b->page[0];
  b->joined = false;
}

/* The list for blocks with so many free pages; NULL for none. */
static struct block **list_for(uint nfree)
{
  if (nfree == 0)
    return NULL;
  return nfree == BLOCK_PAGES ? &whole : &partial;
}

static void list_insert(struct block **list, struct block *block)
{
  block->next = *list;
  block->link = list;
  if (block->next != NULL)
    block->next->link = &block->next;
  *list = block;
}

static void list_remove(struct block *block)
{
  *block->link = block->next;
  if (block->next != NULL)
    block->next->link = block->link;
}

static void set_free(struct block *block, uint nfree)
{
  struct block **from = list_for(block->nfree), **to = list_for(nfree);

  block->nfree = nfree;
  if (from == to) /* mostly: it stays partial */
    return;
  if (from != NULL)
    list_remove(block);
  if (to != NULL)
    list_insert(to, block);
}

uint64 block_add_range(uint64 start, uint64 end)
{
  uint64 base = SUPERPGROUNDDOWN(start);
  uint64 nblocks = (SUPERPGROUNDUP(end) - base) / SUPERPGSIZE;
  uint64 pages_bytes = nblocks * BLOCK_PAGES * sizeof(struct page_info);
  uint64 own_bytes = PGROUNDUP(pages_bytes + nblocks * sizeof(struct block));
  if (start >= end || own_bytes >= end - start)
    return 0;

  assert(nranges < MAX_PAGE_RANGES);
  struct page_range *r = &page_ranges[nranges++];
  r->pages = (struct page_info *)start;
  r->blocks = (struct block *)(start + pages_bytes);
  r->base = base;
  r->start = start + own_bytes;
  r->nbytes = end - base;
  r->fresh = SUPERPGROUNDDOWN(r->start);
  return (end - r->start) / PGSIZE;
}

static uint64 end_of(const struct page_range *r)
{
  return r->base + r->nbytes;
}

/* List the next block that was never touched. Whether there was one. */
static bool list_fresh_block(void)
{
  struct page_range *r = page_ranges;
  while (r < page_ranges + nranges && r->fresh >= end_of(r))
    r++;
  if (r == page_ranges + nranges)
    return false;

  struct block *block = block_in(r, r->fresh);
  uint64 first = max_u64(r->fresh, r->start);
  block->start = r->fresh;
  block->page = &r->pages[(r->fresh - r->base) / PGSIZE];
  block->joined = false;
  block->fresh = index_in(block, (void *)first);
  block->returned = NO_PAGE;
  block->nfree = 0;
  r->fresh += SUPERPGSIZE;
  set_free(block, (min_u64(r->fresh, end_of(r)) - first) / PGSIZE);
  return true;
}

static uint take_index(struct block *block)
{
  uint index = block->returned;
  if (index == NO_PAGE)
    return block->fresh++;
  block->returned = block->page[index].next_free;
  return index;
}

void *block_take_page(void)
{
  if (partial == NULL && whole == NULL)
    list_fresh_block();
  struct block *block = partial != NULL ? partial : whole;
  assert(block != NULL);

  uint index = take_index(block);
  block->page[index] = (struct page_info){.refs = 1};
  set_free(block, block->nfree - 1);
  return (void *)(block->start + (uint64)index * PGSIZE);
}

void *block_take_whole(void)
{
  while (whole == NULL)
    if (!list_fresh_block())
      return NULL;

  struct block *block = whole;
  block->page[0] = (struct page_info){.refs = 1};
  block->joined = true;
  block->fresh = BLOCK_PAGES;
  set_free(block, 0);
  return (void *)block->start;
}

/* All its pages have come back. */
static void make_whole(struct block *block)
{
  block->returned = NO_PAGE;
  block->fresh = 0;
  block->joined = false;
  set_free(block, BLOCK_PAGES);
}

void block_give_page(void *page)
{
  struct block *block = block_of(page);
  uint index = index_in(block, page);

  if (block->nfree + 1 == BLOCK_PAGES) {
    make_whole(block);
    return;
  }
  block->page[index].next_free = block->returned;
  block->returned = index;
  set_free(block, block->nfree + 1);
}

void block_give_whole(void *block)
{
  make_whole(block_of(block));
}
