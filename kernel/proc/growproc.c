#include "proc/proc.h"

uint64 growproc(int delta, bool lazy)
{
  struct aspace *as = myproc()->aspace;
  uint64 old_break = as->size;

  if (delta < 0) {
    uint64 less = -(long)delta;
    if (less <= old_break && aspace_shrink(as, old_break - less) < 0)
      return -1;
    return old_break;
  }

  uint64 new_break = old_break + delta;
  int result =
      lazy ? aspace_grow_lazily(as, new_break) : aspace_grow(as, new_break);
  return result < 0 ? (uint64)-1 : old_break;
}
