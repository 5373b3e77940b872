/* Copies between the kernel and users: which way each of them goes, direct
 * (mm/copy_new.c) or by the walk below. Read mm/copy_new.h before, and for the
 * walk mm/aspace.h. */
#include "mm/copy.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/copy_new.h"

static enum copy_mode mode = COPY_DIRECT;

/* Atomic, since the caller may be moved to another hart half way. */
static inline void count(enum copy_counter counter)
{
  __atomic_fetch_add(&this_hart()->copies[counter], 1, __ATOMIC_RELAXED);
}

void copy_set_mode(enum copy_mode new_mode)
{
  __atomic_store_n(&mode, new_mode, __ATOMIC_RELAXED);
}

enum copy_mode copy_get_mode(void)
{
  return __atomic_load_n(&mode, __ATOMIC_RELAXED);
}

/* Whether a copy of this range goes direct. The hart is on the private table of
 * the current process whenever that is in the kernel. */
static bool goes_direct(uint64 va, uint64 nbytes)
{
  debug_assert(csr_read(satp) == aspace_kernel_satp(myaspace()));
  return nbytes <= USER_VA_STOP && va <= USER_VA_STOP - nbytes &&
         copy_get_mode() == COPY_DIRECT;
}

static void report_mirror(uint64 va)
{
  printk("mirror out of date at va 0x%lx\n", va);
}

/* In debug builds, a direct copy that failed although every page is there and
 * permits it is reported: the mirror or the copy must be wrong. */
static void examine(uint64 va, uint64 nbytes, enum access access)
{
  for (uint64 page = PGROUNDDOWN(va); page < va + nbytes; page += PGSIZE)
    if (!aspace_permits(myaspace(), page, access))
      return;
  report_mirror(va);
}

int copyin(void *dst, uint64 srcva, uint64 nbytes)
{
  if (!goes_direct(srcva, nbytes)) {
    count(COUNT_COPYIN_WALK);
    return copyin_walk(myaspace(), dst, srcva, nbytes);
  }
  count(COUNT_COPYIN);
  int result = copyin_new(dst, srcva, nbytes);
  if (DEBUG && result < 0)
    examine(srcva, nbytes, ACCESS_READ);
  return result;
}

int copyout(uint64 dstva, const void *src, uint64 nbytes)
{
  if (myaspace()->wx)
    myaspace()->icache_clean = 0; /* code may change: a fence.i will follow */
  if (!goes_direct(dstva, nbytes)) {
    count(COUNT_COPYOUT_WALK);
    return copyout_walk(myaspace(), dstva, src, nbytes);
  }
  count(COUNT_COPYOUT);
  int result = copyout_new(dstva, src, nbytes);
  if (DEBUG && result < 0)
    examine(dstva, nbytes, ACCESS_WRITE);
  return result;
}

int copyinstr(char *dst, uint64 srcva, uint64 max)
{
  uint64 done;
  if (srcva >= USER_VA_STOP || copy_get_mode() == COPY_WALK) {
    count(COUNT_COPYINSTR_WALK);
    return copyinstr_walk(myaspace(), dst, srcva, max);
  }
  count(COUNT_COPYINSTR);
  if (copyinstr_new(dst, srcva, max, &done) < 0) {
    if (DEBUG && copyinstr_walk(myaspace(), dst, srcva, max) >= 0)
      report_mirror(srcva);
    return -1;
  }
  if (done > 0 && dst[done - 1] == '\0')
    return done - 1;
  if (done == max)
    return -1;

  /* The string reaches the mirror's end, and goes on beyond: there is no length
   * by which to know it before. */
  int rest = copyinstr_walk(myaspace(), dst + done, srcva + done, max - done);
  return rest < 0 ? -1 : (int)done + rest;
}

int copy_to_uio(struct uio uio, uint64 offset, const void *src, uint64 nbytes)
{
  if (uio.user)
    return copyout(uio.address + offset, src, nbytes);
  memmove((char *)uio.address + offset, src, nbytes);
  return 0;
}

int copy_from_uio(void *dst, struct uio uio, uint64 offset, uint64 nbytes)
{
  if (uio.user)
    return copyin(dst, uio.address + offset, nbytes);
  memmove(dst, (const char *)uio.address + offset, nbytes);
  return 0;
}

/* The walks. Each page is looked up, and brought if it may be there and is not;
 * then it is read or written in the direct map, where all of RAM is. They are
 * never inlined, or direct copies would save the registers that walks need. */
#define NOINLINE __attribute__((noinline))

/* The bytes from va to the end of its page, at most nbytes. */
static uint64 within_page(uint64 va, uint64 nbytes)
{
  return min_u64(PGSIZE - va % PGSIZE, nbytes);
}

/* Copy from va to buffer, or to va if the access is a write. */
static int copy_walk(struct aspace *as, char *buffer, uint64 va, uint64 nbytes,
                     enum access access)
{
  for (uint64 done = 0, part; done < nbytes; done += part) {
    char *user = walkaddr(as, va + done, access);
    if (user == NULL)
      return -1;
    part = within_page(va + done, nbytes - done);
    if (access == ACCESS_WRITE)
      memmove(user, buffer + done, part);
    else
      memmove(buffer + done, user, part);
  }
  return 0;
}

NOINLINE int copyin_walk(struct aspace *as, void *dst, uint64 srcva,
                         uint64 nbytes)
{
  return copy_walk(as, dst, srcva, nbytes, ACCESS_READ);
}

NOINLINE int copyout_walk(struct aspace *as, uint64 dstva, const void *src,
                          uint64 nbytes)
{
  return copy_walk(as, (char *)src, dstva, nbytes, ACCESS_WRITE);
}

NOINLINE int copyinstr_walk(struct aspace *as, char *dst, uint64 srcva,
                            uint64 max)
{
  for (uint64 done = 0; done < max;) {
    const char *from = walkaddr(as, srcva + done, ACCESS_READ);
    if (from == NULL)
      return -1;
    uint64 end = done + within_page(srcva + done, max - done);
    for (; done < end; done++)
      if ((dst[done] = *from++) == '\0')
        return done;
  }
  return -1;
}
