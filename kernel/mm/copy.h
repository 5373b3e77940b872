/* Copying between the kernel and users. A copy goes direct if three facts
 * hold: the address space is the current process's, this hart's satp is its
 * private kernel table, and the range is below USER_VA_STOP. Else it walks
 * the user table. A copy may fault pages in; it never sleeps, so it may be
 * called with spinlocks held. Only addresses below the break count. */
#ifndef MM_COPY_H
#define MM_COPY_H

#include "arch/hart.h"
#include "kernel/memlayout.h"
#include "lib/base.h"
#include "mm/copy_new.h"

struct aspace;

/* Copy nbytes between the kernel and user address srcva or dstva of as, which
 * is the current process's or runs on no hart. 0, or -1: not all of the range
 * may be read or written; part of it may have been copied. */
static inline int copyin(struct aspace *as, void *dst, uint64 srcva,
                         uint64 nbytes);
int copyout(struct aspace *as, uint64 dstva, const void *src, uint64 nbytes);

/* Copy a string with its NUL to dst. The length without the NUL, or -1: it
 * cannot be read, or has no NUL in its first max bytes. max <= INT_MAX. */
int copyinstr(struct aspace *as, char *dst, uint64 srcva, uint64 max);

/* The walking ones, for comparison and for what is not running. */
int copyin_walk(struct aspace *as, void *dst, uint64 srcva, uint64 nbytes);
int copyout_walk(struct aspace *as, uint64 dstva, const void *src,
                 uint64 nbytes);
int copyinstr_walk(struct aspace *as, char *dst, uint64 srcva, uint64 max);

/* A place that file data goes to or comes from: kernel memory, or memory of
 * the current process. */
struct uio {
  bool user;
  uint64 address;
};

static inline struct uio uio_user(uint64 va)
{
  return (struct uio){.user = true, .address = va};
}

static inline struct uio uio_kernel(const void *p)
{
  return (struct uio){.user = false, .address = (uint64)p};
}

/* Copy nbytes to place + offset, or from it. 0 or -1, as above; kernel
 * places never fail. */
int copy_to_uio(struct uio uio, uint64 offset, const void *src, uint64 nbytes);
int copy_from_uio(void *dst, struct uio uio, uint64 offset, uint64 nbytes);

/* The switch: COPY_WALK makes every copy walk. */
enum copy_mode {
  COPY_DIRECT,
  COPY_WALK,
};
void copy_set_mode(enum copy_mode mode);
enum copy_mode copy_get_mode(void);

/* What the calls of all harts add up to. */
enum copy_counter {
  COUNT_COPYIN,
  COUNT_COPYINSTR,
  COUNT_COPYOUT,
  COUNT_COPYIN_WALK,
  COUNT_COPYINSTR_WALK,
  COUNT_COPYOUT_WALK,
  NCOPY_COUNTER,
};
uint64 copy_count(enum copy_counter counter);

/* Whether the mode is COPY_DIRECT. */
bool copies_go_direct(void);

/* What follows is behind copyin, which is inline because most copies are of a
 * few bytes. */

/* A walk that is counted. */
int copyin_counted_walk(struct aspace *as, void *dst, uint64 srcva,
                        uint64 nbytes);

/* For debug builds, what came of a direct copyin: a failure although every
 * page is there and permits it is reported, since the mirror, or the copy, must
 * be wrong. */
int copyin_examined(int result, struct aspace *as, uint64 srcva, uint64 nbytes);

/* Atomic, since the caller may be moved to another hart half way. */
static inline void copy_count_one(enum copy_counter counter)
{
  __atomic_fetch_add(&this_hart()->copies[counter], 1, __ATOMIC_RELAXED);
}

/* The three facts. */
static inline bool copy_goes_direct(const struct aspace *as, uint64 va,
                                    uint64 nbytes)
{
  return va <= USER_VA_STOP && nbytes <= USER_VA_STOP - va &&
         as == direct_aspace();
}

static inline int copyin(struct aspace *as, void *dst, uint64 srcva,
                         uint64 nbytes)
{
  if (!copy_goes_direct(as, srcva, nbytes))
    return copyin_counted_walk(as, dst, srcva, nbytes);
  copy_count_one(COUNT_COPYIN);
  int result = copyin_new(dst, srcva, nbytes);
  return DEBUG ? copyin_examined(result, as, srcva, nbytes) : result;
}

#endif
