#include "mm/page_block.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "mm/page.h"

#define MAX_RANGES 8
#define NO_PAGE BLOCK_PAGES /* an index that no page has */

/* An aligned block, or as much of it as its range has. */
struct block {
  struct block *next;  /* on its list */
  struct block **link; /* the pointer to it there */
  uint64 start;        /* its address, a multiple of SUPERPGSIZE */
  uint nfree;
  uint returned; /* first of the free pages that were taken before */
  uint fresh;    /* from this index on, no page was taken since it was whole,
                    and what is known of them is rubbish */
  struct page_info page[BLOCK_PAGES];
};

/* A stretch of memory. Its first pages hold its blocks. Those from address
 * fresh on were never touched, so that boot costs the same whatever the size
 * of RAM. */
struct range {
  uint64 base;  /* where blocks[0] begins */
  uint64 start; /* first page that can be taken */
  uint64 end;
  uint64 fresh;
  struct block *blocks;
};

/* All under the allocator's lock. */
static struct range ranges[MAX_RANGES];
static int nranges;
static struct block *partial, *whole;

static struct block *block_in(const struct range *r, uint64 pa)
{
  return &r->blocks[(pa - r->base) / SUPERPGSIZE];
}

static struct block *block_of(uint64 pa)
{
  struct range *r = ranges;
  while (r < ranges + nranges && !(pa >= r->start && pa < r->end))
    r++;
  assert(r < ranges + nranges);
  return block_in(r, pa);
}

static uint index_in(const struct block *block, const void *page)
{
  return ((uint64)page - block->start) / PGSIZE;
}

struct page_info *block_page_info(const void *page)
{
  struct block *block = block_of((uint64)page);
  uint index = index_in(block, page);

  assert((uint64)page % PGSIZE == 0);
  assert(index < block->fresh && block->page[index].refs > 0);
  return &block->page[index];
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
  if (from == to)
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
  uint64 own_bytes = PGROUNDUP(nblocks * sizeof(struct block));
  if (start >= end || own_bytes >= end - start)
    return 0;

  assert(nranges < MAX_RANGES);
  struct range *r = &ranges[nranges++];
  r->blocks = (struct block *)start;
  r->base = base;
  r->start = start + own_bytes;
  r->end = end;
  r->fresh = SUPERPGROUNDDOWN(r->start);
  return (r->end - r->start) / PGSIZE;
}

/* List the next block that was never touched. Whether there was one. */
static bool list_fresh_block(void)
{
  struct range *r = ranges;
  while (r < ranges + nranges && r->fresh >= r->end)
    r++;
  if (r == ranges + nranges)
    return false;

  struct block *block = block_in(r, r->fresh);
  uint64 first = max_u64(r->fresh, r->start);
  block->start = r->fresh;
  block->fresh = index_in(block, (void *)first);
  block->returned = NO_PAGE;
  block->nfree = 0;
  r->fresh += SUPERPGSIZE;
  set_free(block, (min_u64(r->fresh, r->end) - first) / PGSIZE);
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
  for (uint i = 0; i < BLOCK_PAGES; i++)
    block->page[i] = (struct page_info){.refs = 1};
  block->fresh = BLOCK_PAGES;
  set_free(block, 0);
  return (void *)block->start;
}

void block_give_page(void *page)
{
  struct block *block = block_of((uint64)page);
  uint index = index_in(block, page);

  block->page[index].next_free = block->returned;
  block->returned = index;
  set_free(block, block->nfree + 1);
  if (block->nfree == BLOCK_PAGES) {
    block->returned = NO_PAGE;
    block->fresh = 0;
  }
}
