/* Short ways to use leaves of 2 MiB, for tests that CHECK as check.h has it. */
#ifndef HOST_LARGE_H
#define HOST_LARGE_H

#include "mm/aspace.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"

#define LARGE SUPERPGSIZE /* the first address that a block may have */

static uint64 free_at_start;

/* Make ready; blocks enough for what is tested. */
static inline void begin_large(void)
{
  host_kernel(8 * BLOCK_PAGES);
  free_at_start = pages_free();
}

static inline int level_at(struct aspace *as, uint64 va)
{
  int level;
  pt_find(as->pagetable, va, &level);
  return level;
}

static inline void check_sound(struct aspace *as)
{
  CHECK_EQ(aspace_check(as), 0);
}

static inline void check_all_given_back(void)
{
  CHECK_EQ(pages_free(), free_at_start);
  CHECK_EQ(pages_reserved(), 0);
}

static inline void write_at(struct aspace *as, uint64 va, char value)
{
  char *byte = byte_at(as, va, ACCESS_WRITE);
  CHECK(byte != NULL);
  if (byte != NULL)
    *byte = value;
}

static inline char read_at(struct aspace *as, uint64 va)
{
  char *byte = byte_at(as, va, ACCESS_READ);
  CHECK(byte != NULL);
  return byte != NULL ? *byte : -1;
}

/* Let memory be out: the number of pages to page_unreserve later. */
static inline uint64 run_out(void)
{
  uint64 npages = pages_free() - pages_reserved();
  CHECK_EQ(page_reserve(npages), 0);
  return npages;
}

/* An address space whose heap ends in one block, reserved. */
static inline void build_large(struct aspace *as)
{
  CHECK_EQ(build_aspace(as), 0);
  CHECK_EQ(aspace_grow_lazily(as, LARGE), 0);
  CHECK_EQ(aspace_grow(as, LARGE + SUPERPGSIZE), 0);
}

/* The same with a leaf, whose first and last byte are value. */
static inline void build_leaf(struct aspace *as, char value)
{
  build_large(as);
  write_at(as, LARGE, value);
  write_at(as, LARGE + SUPERPGSIZE - 1, value);
  CHECK_EQ(level_at(as, LARGE), PT_LARGE_LEVEL);
}

#endif
