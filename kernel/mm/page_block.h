/* Which pages are free. RAM is divided into aligned blocks of 2 MiB; each is
 * on the list of whole ones (all its pages are free), on that of partial ones
 * (some are), or on none. A page comes from a partial block before a whole
 * one, and a block whose pages have all come back is whole again. The ends of
 * a range that fill no block are never whole.
 *
 * A block that is taken whole is joined: its first page's record counts for all
 * of them, until it is parted.
 *
 * For page.c alone, which calls with the allocator's lock held. */
#ifndef MM_PAGE_BLOCK_H
#define MM_PAGE_BLOCK_H

#include "kernel/riscv.h"
#include "lib/base.h"
#include "lib/fdt.h"
#include "lib/panic.h"

/* Reserved ranges part memory into one more. */
#define MAX_PAGE_RANGES (RESERVED_MAX + 1)

/* What is known of one page. */
struct page_info {
  uint refs;      /* 0: free */
  uint next_free; /* while refs == 0: index in its block */
};

/* Add the pages of [start, end), page aligned: the number of them that can be
 * taken. Touches nothing. */
uint64 block_add_range(uint64 start, uint64 end);

/* Take a free page, with one reference. There is one. */
void *block_take_page(void);

/* Take all pages of a whole block, joined, with one reference; NULL if no
 * block is whole. */
void *block_take_whole(void);

/* Give back a page that has no reference any more, or a joined block. */
void block_give_page(void *page);
void block_give_whole(void *block);

/* A stretch of memory. Its first pages hold what is known of its pages and
 * blocks. Those from address fresh on were never touched, so that boot costs
 * the same whatever the size of RAM. */
struct page_range {
  uint64 base;   /* where blocks[0] and pages[0] begin */
  uint64 nbytes; /* from there to its end */
  uint64 start;  /* first page that can be taken */
  uint64 fresh;
  struct page_info *pages;
  struct block *blocks;
};
extern struct page_range page_ranges[MAX_PAGE_RANGES]; /* unused: empty */

/* The range of a page. */
static inline const struct page_range *page_range_of(const void *page)
{
  const struct page_range *r = page_ranges;

  while ((uint64)page - r->base >= r->nbytes) {
    r++;
    assert(r < page_ranges + MAX_PAGE_RANGES);
  }
  return r;
}

/* What is known of an allocated page, which is in no joined block unless it is
 * its first. Those that follow it in its block have theirs behind it. */
static inline struct page_info *page_info_in(const struct page_range *range,
                                             const void *page)
{
  struct page_info *info = &range->pages[((uint64)page - range->base) / PGSIZE];

  assert(info->refs > 0);
  return info;
}

static inline struct page_info *page_info_of(const void *page)
{
  return page_info_in(page_range_of(page), page);
}

/* The same for one of many pages. *near starts as zeros, and is a copy of the
 * last one's range, which is this one's as a rule. */
static inline struct page_info *page_info_near(struct page_range *near,
                                               const void *page)
{
  if ((uint64)page - near->base >= near->nbytes)
    *near = *page_range_of(page);
  return page_info_in(near, page);
}

/* Whether a block is joined, its first page being allocated; and let each of
 * its pages have what its first has. */
bool block_is_joined(const void *block);
void block_part(void *block);

#endif
