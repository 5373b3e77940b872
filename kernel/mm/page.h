/* Physical pages: who has which, how often, and how many are promised.
 *
 * Every allocated page counts its references. A promise is a page spoken for
 * and not yet taken: fork promises what copy-on-write may have to copy, sbrk
 * what was bought and not touched.
 *
 * Invariants, under the allocator's lock:
 *   P1  promised <= free
 *   P2  a page is free exactly if its count is 0, or it was never taken since
 *       its block was last whole
 *   P3  for a page that n users share copy-on-write, n - 1 of the promises
 *       are theirs
 *
 * All functions may be called in any context; none sleeps. The allocator's
 * lock is below every other but printing's. Debug builds fill pages with
 * rubbish when they are taken and when they are given back.
 *
 * Pages are named by their address in the direct map (physical = virtual). A
 * block is 2 MiB of them, aligned; once taken, it is BLOCK_PAGES pages with a
 * reference each, which may be dropped one by one. */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "lib/base.h"
#include "kernel/riscv.h"

#define BLOCK_PAGES (SUPERPGSIZE / PGSIZE)

/* Manage the pages of [start, end), none of which is touched now. Called at
 * boot, before any other function here; again for every further range, in
 * rising order. Bounds need not be aligned. */
void page_add_range(uint64 start, uint64 end);

/* A page that nobody promised to somebody else, with one reference. Its
 * content is undefined (page_alloc) or zero. NULL if there is none. */
void *page_alloc(void);
void *page_alloc_zeroed(void);

/* A zeroed page paid by one of the caller's promises: cannot fail. */
void *page_alloc_promised(void);

/* A zeroed block paid by BLOCK_PAGES of the caller's promises. NULL if no
 * block is whole: the caller still has the promises. */
void *page_alloc_block_promised(void);

/* Speak for this many pages. 0, or -1 if fewer are free and unpromised. */
int page_promise(uint64 npages);

/* Take back promises that the caller had and did not use. */
void page_unpromise(uint64 npages);

/* One more reference to each of npages allocated pages from first on, all of
 * one block. */
void pages_get(void *first, uint64 npages);

/* One reference less to each; the last one frees the page. */
void pages_put(void *first, uint64 npages);
void page_put(void *page);

/* The same for pages that were shared copy-on-write: for each that others
 * keep, one of the promises that P3 counts is taken back. */
void pages_put_cow(void *first, uint64 npages);

/* Make a page shared copy-on-write the caller's own: the same page if nobody
 * else has it, else a copy paid by one of the promises that P3 counts, with
 * the caller's reference to the old one dropped. Cannot fail. */
void *page_unshare(void *page);

/* The same for a whole block. NULL, with nothing changed: some of its pages
 * are shared and some are not, or no block is whole to copy it to. */
void *page_unshare_block(void *block);

/* Pages that could be had (clean cache pages included) and, of them,
 * promised ones; and all that are managed. */
uint64 pages_free(void);
uint64 pages_promised(void);
uint64 pages_total(void);

/* For tests: let the n-th allocation or promise from now fail (1 is the next
 * one), and those after it succeed again; 0 for none. Debug builds only. */
void page_fail_nth(uint64 n);

/* How many there are still to come up to the one that fails, itself included;
 * 0: it has failed, or none was to. */
uint64 page_fail_pending(void);

#endif
