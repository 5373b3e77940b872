#include "mm/copy.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/copy_new.h"

static enum copy_mode mode = COPY_DIRECT;

/* The direct copies are written, and no mirror was found wrong. */
static int direct_works = 1; /* a word, for amoswap */

/* A line for each hart, so that counting is cheap on all of them at once. */
static struct {
  uint64 calls[NCOPY_COUNTER];
} __attribute__((aligned(64))) counters[NCPU];

/* Atomic, since the caller may be moved to another hart half way. */
static void count(enum copy_counter counter)
{
  uint64 *calls = &counters[this_hart()->index].calls[counter];
  __atomic_fetch_add(calls, 1, __ATOMIC_RELAXED);
}

uint64 copy_count(enum copy_counter counter)
{
  uint64 sum = 0;
  for (int i = 0; i < NCPU; i++)
    sum += __atomic_load_n(&counters[i].calls[counter], __ATOMIC_RELAXED);
  return sum;
}

void copy_set_mode(enum copy_mode new_mode)
{
  __atomic_store_n(&mode, new_mode, __ATOMIC_RELAXED);
}

enum copy_mode copy_get_mode(void)
{
  return __atomic_load_n(&mode, __ATOMIC_RELAXED);
}

static bool direct_is_trusted(void)
{
  return __atomic_load_n(&direct_works, __ATOMIC_RELAXED);
}

void copy_distrust_direct(const char *fault)
{
  if (__atomic_exchange_n(&direct_works, 0, __ATOMIC_RELAXED))
    printk("direct copies do not work: %s: every copy walks\n", fault);
}

/* The first two of the three facts: while as is current, this hart's satp is
 * its private table. */
static bool runs_on_mirror(const struct aspace *as)
{
  bool current = as == myaspace() && as->kpagetable != NULL;
  debug_assert(!current || csr_read(satp) == aspace_kernel_satp(as));
  return current && copy_get_mode() == COPY_DIRECT && direct_is_trusted();
}

/* All three. */
static bool goes_direct(const struct aspace *as, uint64 va, uint64 nbytes)
{
  if (va > USER_VA_STOP || USER_VA_STOP - va < nbytes)
    return false;
  return runs_on_mirror(as);
}

/* Whether a direct copy failed, and not by the user's fault: what it met is
 * reported, and it is done again by walking. */
static bool must_walk(int result)
{
  return result < 0 && !direct_is_trusted();
}

/* The result of a direct copy. In debug builds, a failure although every page
 * is there and permits it shows that the mirror, or the copy, is wrong. */
static int direct_result(int result, struct aspace *as, uint64 va,
                         uint64 nbytes, enum access access)
{
  if (!DEBUG || result == 0 || nbytes == 0)
    return result;

  for (uint64 page = PGROUNDDOWN(va); page < va + nbytes; page += PGSIZE)
    if (!aspace_permits(as, page, access))
      return result;
  printk("mirror out of date at va 0x%lx\n", va);
  return result;
}

int copyin(struct aspace *as, void *dst, uint64 srcva, uint64 nbytes)
{
  if (goes_direct(as, srcva, nbytes)) {
    count(COUNT_COPYIN);
    int result = copyin_new(dst, srcva, nbytes);
    if (!must_walk(result))
      return direct_result(result, as, srcva, nbytes, ACCESS_READ);
  }
  count(COUNT_COPYIN_WALK);
  return copyin_walk(as, dst, srcva, nbytes);
}

int copyout(struct aspace *as, uint64 dstva, const void *src, uint64 nbytes)
{
  if (as->wx)
    as->icache_clean = 0; /* it may be code */
  if (goes_direct(as, dstva, nbytes)) {
    count(COUNT_COPYOUT);
    int result = copyout_new(dstva, src, nbytes);
    if (!must_walk(result))
      return direct_result(result, as, dstva, nbytes, ACCESS_WRITE);
  }
  count(COUNT_COPYOUT_WALK);
  return copyout_walk(as, dstva, src, nbytes);
}

static int copyinstr_by_walk(struct aspace *as, char *dst, uint64 srcva,
                             uint64 max)
{
  count(COUNT_COPYINSTR_WALK);
  return copyinstr_walk(as, dst, srcva, max);
}

/* What follows a direct copy of a string that gave -1. */
static int failed_string(struct aspace *as, char *dst, uint64 srcva, uint64 max)
{
  if (must_walk(-1))
    return copyinstr_by_walk(as, dst, srcva, max);
  if (DEBUG && copyinstr_walk(as, dst, srcva, max) >= 0)
    printk("mirror out of date at va 0x%lx\n", srcva);
  return -1;
}

int copyinstr(struct aspace *as, char *dst, uint64 srcva, uint64 max)
{
  uint64 done;

  if (srcva >= USER_VA_STOP || !runs_on_mirror(as))
    return copyinstr_by_walk(as, dst, srcva, max);
  count(COUNT_COPYINSTR);
  if (copyinstr_new(dst, srcva, max, &done) < 0)
    return failed_string(as, dst, srcva, max);
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

int copy_to_place(struct place place, uint64 offset, const void *src,
                  uint64 nbytes)
{
  if (place.user)
    return copyout(myaspace(), place.address + offset, src, nbytes);
  memmove((char *)place.address + offset, src, nbytes);
  return 0;
}

int copy_from_place(void *dst, struct place place, uint64 offset, uint64 nbytes)
{
  if (place.user)
    return copyin(myaspace(), dst, place.address + offset, nbytes);
  memmove(dst, (const char *)place.address + offset, nbytes);
  return 0;
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
    copy_distrust_direct("a word is not copied");
  else if (!probe_limits(as))
    copy_distrust_direct(
        "a range that wraps or leaves the user's memory is not refused");
}
