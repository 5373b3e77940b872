#include "mm/copy.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/copy_new.h"
#include "sync/spinlock.h"

static enum copy_mode mode = COPY_DIRECT;

static_assert(NCOPY_COUNTER == COPY_COUNTERS, "a hart counts them all");

uint64 copy_count(enum copy_counter counter)
{
  uint64 sum = 0;
  for (int i = 0; i < NCPU; i++)
    sum += __atomic_load_n(&harts[i].copies[counter], __ATOMIC_RELAXED);
  return sum;
}

bool copies_go_direct(void)
{
  return copy_get_mode() == COPY_DIRECT;
}

/* Let all harts walk; one that comes to a process just now may do so from its
 * next one on. */
static void stop_direct(void)
{
  for (int i = 0; i < NCPU; i++)
    __atomic_store_n(&harts[i].direct, NULL, __ATOMIC_RELAXED);
}

/* Let this hart copy directly from now on, and others from their next process
 * on. */
static void start_direct(void)
{
  irq_push();
  struct hart *hart = this_hart();
  if (hart->aspace != NULL && copies_go_direct())
    hart->direct = hart->aspace;
  irq_pop();
}

void copy_set_mode(enum copy_mode new_mode)
{
  __atomic_store_n(&mode, new_mode, __ATOMIC_RELAXED);
  if (new_mode == COPY_WALK)
    stop_direct();
  else
    start_direct();
}

enum copy_mode copy_get_mode(void)
{
  return __atomic_load_n(&mode, __ATOMIC_RELAXED);
}

/* In debug builds, what came of a direct copy. */
static int examined(int result, struct aspace *as, uint64 va, uint64 nbytes,
                    enum access access)
{
  assert(csr_read(satp) == aspace_kernel_satp(as));
  if (result == 0 || nbytes == 0)
    return result;

  for (uint64 page = PGROUNDDOWN(va); page < va + nbytes; page += PGSIZE)
    if (!aspace_permits(as, page, access))
      return result;
  printk("mirror out of date at va 0x%lx\n", va);
  return result;
}

int copyin_examined(int result, struct aspace *as, uint64 srcva, uint64 nbytes)
{
  return examined(result, as, srcva, nbytes, ACCESS_READ);
}

/* Each counted walk is by itself: else a direct copy would begin by saving
 * what only a walk needs. */
__attribute__((noinline)) int copyin_counted_walk(struct aspace *as, void *dst,
                                                  uint64 srcva, uint64 nbytes)
{
  copy_count_one(COUNT_COPYIN_WALK);
  return copyin_walk(as, dst, srcva, nbytes);
}

static __attribute__((noinline)) int copyout_counted_walk(struct aspace *as,
                                                          uint64 dstva,
                                                          const void *src,
                                                          uint64 nbytes)
{
  copy_count_one(COUNT_COPYOUT_WALK);
  return copyout_walk(as, dstva, src, nbytes);
}

int copyout(struct aspace *as, uint64 dstva, const void *src, uint64 nbytes)
{
  if (as->wx)
    as->icache_clean = 0; /* it may be code */
  if (!copy_goes_direct(as, dstva, nbytes))
    return copyout_counted_walk(as, dstva, src, nbytes);
  copy_count_one(COUNT_COPYOUT);
  int result = copyout_new(dstva, src, nbytes);
  return DEBUG ? examined(result, as, dstva, nbytes, ACCESS_WRITE) : result;
}

static __attribute__((noinline)) int
copyinstr_counted_walk(struct aspace *as, char *dst, uint64 srcva, uint64 max)
{
  copy_count_one(COUNT_COPYINSTR_WALK);
  return copyinstr_walk(as, dst, srcva, max);
}

int copyinstr(struct aspace *as, char *dst, uint64 srcva, uint64 max)
{
  uint64 done;

  if (srcva >= USER_VA_STOP || as != direct_aspace())
    return copyinstr_counted_walk(as, dst, srcva, max);
  copy_count_one(COUNT_COPYINSTR);
  if (copyinstr_new(dst, srcva, max, &done) < 0) {
    if (DEBUG && copyinstr_walk(as, dst, srcva, max) >= 0)
      printk("mirror out of date at va 0x%lx\n", srcva);
    return -1;
  }
  if (done > 0 && dst[done - 1] == '\0')
    return done - 1;
  if (done == max)
    return -1;

  /* It reaches the mirror's end, and goes on beyond. */
  int rest = copyinstr_walk(as, dst + done, srcva + done, max - done);
  return rest < 0 ? -1 : (int)done + rest;
}

/* The bytes from va to the end of its page, at most nbytes. */
static uint64 within_page(uint64 va, uint64 nbytes)
{
  return min_u64(PGSIZE - va % PGSIZE, nbytes);
}

int copyin_walk(struct aspace *as, void *dst, uint64 srcva, uint64 nbytes)
{
  for (uint64 done = 0, part; done < nbytes; done += part) {
    uint64 va = srcva + done;
    uint64 pa = aspace_resolve(as, va, ACCESS_READ);
    if (pa == 0)
      return -1;
    part = within_page(va, nbytes - done);
    memmove((char *)dst + done, (const void *)pa, part);
  }
  return 0;
}

int copyout_walk(struct aspace *as, uint64 dstva, const void *src,
                 uint64 nbytes)
{
  for (uint64 done = 0, part; done < nbytes; done += part) {
    uint64 va = dstva + done;
    uint64 pa = aspace_resolve(as, va, ACCESS_WRITE);
    if (pa == 0)
      return -1;
    part = within_page(va, nbytes - done);
    memmove((void *)pa, (const char *)src + done, part);
  }
  return 0;
}

/* Copy up to nbytes, or to a NUL, which is copied; returns the number. */
static uint64 copy_to_nul(char *dst, const char *src, uint64 nbytes)
{
  for (uint64 i = 0; i < nbytes; i++) {
    dst[i] = src[i];
    if (src[i] == '\0')
      return i + 1;
  }
  return nbytes;
}

int copyinstr_walk(struct aspace *as, char *dst, uint64 srcva, uint64 max)
{
  uint64 done = 0;

  while (done < max) {
    uint64 pa = aspace_resolve(as, srcva + done, ACCESS_READ);
    if (pa == 0)
      return -1;
    uint64 part = within_page(srcva + done, max - done);
    done += copy_to_nul(dst + done, (const char *)pa, part);
    if (dst[done - 1] == '\0')
      return done - 1;
  }
  return -1;
}

/* By itself: else a copy for a user would begin by saving what only this needs.
 */
static __attribute__((noinline)) int copy_inside(void *dst, const void *src,
                                                 uint64 nbytes)
{
  memmove(dst, src, nbytes);
  return 0;
}

int copy_to_uio(struct uio uio, uint64 offset, const void *src, uint64 nbytes)
{
  if (uio.user)
    return copyout(myaspace(), uio.address + offset, src, nbytes);
  return copy_inside((char *)uio.address + offset, src, nbytes);
}

int copy_from_uio(void *dst, struct uio uio, uint64 offset, uint64 nbytes)
{
  if (uio.user)
    return copyin(myaspace(), dst, uio.address + offset, nbytes);
  return copy_inside(dst, (const char *)uio.address + offset, nbytes);
}
