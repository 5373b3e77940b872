/* Physical pages: who has which, how often, and how many are reserved. They are
 * named by their address in the direct map, where virtual = physical.
 *
 * RAM is divided into aligned blocks of 2 MiB. An allocated page counts its
 * references; a block that is taken whole has one count for all its pages,
 * until it is parted. A reservation speaks for a page that has not been taken:
 * eager growth of the heap reserves pages, and each is taken at its first
 * touch.
 *
 * Invariants, under the allocator's lock:
 *   P1  reserved <= free, without those that harts have in stock (page.c)
 *   P2  a page that was taken since its block was last whole is free exactly
 *       if its count is 0; one that was not is free, whatever its count says;
 *       no page of a block with one count for all is free
 *
 * All functions may be called in any context; none sleeps. The allocator's
 * locks are below every other but printing's. Debug builds fill pages with
 * rubbish when they are taken and when they are given back. */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "lib/base.h"
#include "kernel/riscv.h"

#define BLOCK_PAGES (SUPERPGSIZE / PGSIZE)

/* At boot, before all else here: RAM is [start, end), none of it free yet; then
 * the pages of a range are, of which none is touched. The first range that has
 * room for what is kept of all pages loses it, and those before it are not
 * used. Bounds need not be aligned. */
void page_init(uint64 start, uint64 end);
void page_add_range(uint64 start, uint64 end);

/* A page that is not reserved, with one reference. Its content is undefined
 * (kalloc) or zero. NULL if there is none. */
void *kalloc(void);
void *kalloc_zeroed(void);

/* Zeroed pages for as many of the caller's reservations, which cannot fail; or
 * a zeroed block for BLOCK_PAGES of them: NULL if none is whole, and the caller
 * still has them. */
void pages_take_reserved(void *pages[], uint64 npages);
void *page_block_take_reserved(void);

/* Reserve this many pages. 0, or -1 if fewer are free and not reserved. */
int page_reserve(uint64 npages);

/* Take back reservations that the caller had and did not use. */
void page_unreserve(uint64 npages);

/* One reference less; the last one frees the page. */
void kfree(void *page);

/* One more reference to the page of each valid entry among n of a level-0
 * table; or give back what they stood for, once no hart can reach it: a page's
 * reference, with PTE_V or without, or a reservation. */
void pages_get(const pte_t entries[], uint64 n);
void pages_put(const pte_t entries[], uint64 n);

/* Whether somebody else has a reference to the page, or to one of the block's
 * pages, too; npages, here and below, is 1 or BLOCK_PAGES. If not, it stays so
 * until the caller gives one away. */
bool page_is_shared(const void *first, uint64 npages);

/* A page or block to write in place of one shared copy-on-write: the same if
 * nobody else has it, else a copy. The caller still has its reference to the
 * old one, and gives it up when no hart can reach it. NULL if memory is out or
 * no block is whole. */
void *page_unshare(void *first, uint64 npages);

/* A reference less, or more, to each page of a whole block, parted or not. */
void page_block_put(void *first);
void page_block_get(void *first);

/* From here on the pages of a block are counted one by one. The caller parts a
 * block before it names a single page of it to any other function here. */
void page_block_part(void *first);

/* Pages that are free and, of them, reserved; and all that are managed. What
 * other harts take or give back meanwhile may count or not. */
uint64 pages_free(void);
uint64 pages_reserved(void);
uint64 pages_total(void);

#endif
