/* Copying to and from places in pieces of which it is known that they were
 * copied whole or not at all. */
#ifndef FS_SPAN_H
#define FS_SPAN_H

#include "kernel/riscv.h"
#include "mm/copy.h"

/* How many of the nbytes at place + offset lie in the first page: a user's
 * memory begins and ends with pages. */
static inline uint span_in_page(struct uio uio, uint64 offset, uint nbytes)
{
  uint64 in_page = (uio.address + offset) % PGSIZE;
  return min_u64(nbytes, PGSIZE - in_page);
}

#endif
