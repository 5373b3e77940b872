/* Which pages are free. RAM is divided into aligned blocks of 2 MiB; each is
 * on the list of whole ones (all its pages are free), on that of partial ones
 * (some are), or on none. A page comes from a partial block before a whole
 * one, and a block whose pages have all come back is whole again. The ends of
 * a range that fill no block are never whole.
 *
 * For page.c alone, which calls with the allocator's lock held. */
#ifndef MM_PAGE_BLOCK_H
#define MM_PAGE_BLOCK_H

#include "lib/base.h"

/* What is known of one page. */
struct page_info {
  uint refs; /* 0: free */
  union {
    uint leaving;   /* while refs > 0: references in page_unshare's copy */
    uint next_free; /* while refs == 0: index in its block */
  };
};

/* Add the pages of [start, end), page aligned: the number of them that can be
 * taken. Touches nothing. */
uint64 block_add_range(uint64 start, uint64 end);

/* Take a free page, with one reference. There is one. */
void *block_take_page(void);

/* Take all pages of a whole block, each with one reference; NULL if no block
 * is whole. */
void *block_take_whole(void);

/* Give back a page that has no reference any more. */
void block_give_page(void *page);

/* What is known of an allocated page; those that follow it in its block have
 * theirs behind it. */
struct page_info *block_page_info(const void *page);

#endif
