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

/* The direct copies are written, and no mirror was found wrong. */
static int direct_works = 1; /* a word, for amoswap */

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
  return copy_get_mode() == COPY_DIRECT &&
         __atomic_load_n(&direct_works, __ATOMIC_RELAXED);
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
  if (hart->aspace != NULL && hart->aspace->kpagetable != NULL &&
      copies_go_direct())
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

void copies_distrust(const char *fault)
{
  if (__atomic_exchange_n(&direct_works, 0, __ATOMIC_RELAXED) == 0)
    return;
  stop_direct();
  aspace_distrust();
  printk("direct copies do not work: %s: every copy walks\n", fault);
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

/* The word at va by all three direct copies, against the walk. */
static bool probe_word(struct aspace *as, uint64 va)
{
  uint64 walked, direct, string_bytes;
  char bytes[sizeof(walked)] = {0}; /* with room for one that ignores max */

  return copyin_walk(as, &walked, va, sizeof(walked)) == 0 &&
         copyin_new(&direct, va, sizeof(direct)) == 0 && direct == walked &&
         copyout_new(va, &direct, sizeof(direct)) == 0 &&
         copyinstr_new(bytes, va, 1, &string_bytes) == 0 && string_bytes == 1 &&
         bytes[0] == (char)walked && bytes[1] == 0;
}

/* Whether this range, which has more than the user's memory, is refused
 * before a byte of it moves. */
static bool refused(uint64 va, uint64 nbytes)
{
  uint64 word = 0;
  return copyin_new(&word, va, nbytes) < 0 && word == 0 &&
         copyout_new(va, &word, nbytes) < 0;
}

/* Try ranges that other callers of the direct copies never ask for, since
 * copyin and copyout look first. None does harm if it is not refused: of the
 * one that wraps only a word goes, since a hole follows the stack. Devices
 * would not take every access. */
static bool probe_limits(const struct aspace *as)
{
  char bytes[] = "of the kernel", copy[sizeof(bytes)];
  uint64 last_word = as->size - sizeof(uint64), string_bytes;

  return refused(last_word, -last_word) && refused((uint64)bytes, 1) &&
         copyinstr_new(copy, (uint64)bytes, sizeof(copy), &string_bytes) < 0;
}

void copy_probe(void)
{
  struct aspace *as = myaspace();

  if (as->kpagetable == NULL)
    return; /* aspace_init said so */
  if (!probe_word(as, as->frame->sp))
    copies_distrust("a word is not copied");
  else if (!probe_limits(as))
    copies_distrust(
        "a range that wraps or leaves the user's memory is not refused");
}
