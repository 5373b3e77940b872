/* What keeps a kernel going whose exercises are not solved, or wrongly.
 *
 * Only such builds link this file: a handout's, one in which the file of an
 * exercise is still as it was handed out, and what is made with UNSOLVED=1 (see
 * unsolved.mk). No other file calls it. The linker (--wrap) lets each call of a
 * function f that is named here, from another file, go to __wrap_f below, and
 * __real_f is f itself.
 *
 * At boot, a private table is made and tried. If that fails, every process gets
 * the global table for its private one, without a mirror. The direct copies are
 * tried before the first return to user mode. A mirror that is out of date
 * would make a process fault for ever, so each page fault looks for that, and
 * mends it. Whatever is found wrong is said once, by the rule that it breaks;
 * from then on no private table is trusted: every copy walks, and user mode
 * runs on the user tables.
 *
 * Read mm/kpagetable.h and mm/copy_new.h first, which are the exercises. */
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/copy_new.h"
#include "mm/kpagetable.h"
#include "mm/kvm.h"

#define WRAPPED(type, name, ...)                                               \
  type __real_##name(__VA_ARGS__);                                             \
  type __wrap_##name(__VA_ARGS__)

WRAPPED(void, aspace_init, void);
WRAPPED(int, aspace_check, struct aspace *as);
WRAPPED(int, aspace_check_fast, struct aspace *as);
WRAPPED(void, aspace_set_two_tables, bool two);
WRAPPED(int, page_fault, uint64 va, enum access access);
WRAPPED(uint64, address_space_entering_user, void);
WRAPPED(void, copy_set_mode, enum copy_mode mode);
WRAPPED(int, kpagetable_create, pagetable_t user_root, pagetable_t *root);
WRAPPED(void, kpagetable_free, pagetable_t root);
WRAPPED(void, kpagetable_set_slot, pagetable_t user_low, pagetable_t root,
        int slot, pte_t word);

/* Whether private tables are made: what aspace_init found. */
static bool private_tables;

/* Something was found wrong. Atomics only. */
static uint distrusted;

/* Let every copy walk, and user mode run on the user tables, for good; a copy
 * that is under way goes on. The first time, say why, unless that was said. */
static void distrust(const char *fault)
{
  if (__atomic_exchange_n(&distrusted, 1, __ATOMIC_RELAXED))
    return;
  __real_copy_set_mode(COPY_WALK);
  __real_aspace_set_two_tables(true);
  if (fault != NULL)
    printk("direct copies do not work: %s: every copy walks\n", fault);
}

void __wrap_copy_set_mode(enum copy_mode mode)
{
  if (!__atomic_load_n(&distrusted, __ATOMIC_RELAXED))
    __real_copy_set_mode(mode);
}

void __wrap_aspace_set_two_tables(bool two)
{
  if (!__atomic_load_n(&distrusted, __ATOMIC_RELAXED))
    __real_aspace_set_two_tables(two);
}

/* Set a slot by the exercise's function, and see that both tables have it. */
static bool try_slot(pagetable_t low, pagetable_t root, int slot, pte_t word)
{
  const pte_t *mirror = kpagetable_low(root);

  __real_kpagetable_set_slot(low, root, slot, word);
  if (low[slot] == word && mirror[slot] == word)
    return true;
  printk("rule M: slot %d was set to 0x%lx, user table has 0x%lx, "
         "mirror 0x%lx\n",
         slot, word, low[slot], mirror[slot]);
  return false;
}

/* Where the mirror is in the global table's own page, that page would be
 * compared with itself, and found equal whatever it holds. */
static int check_fast(struct aspace *as)
{
  if (kpagetable_low(as->kpagetable) == pte_target(kernel_pagetable[0])) {
    printk("rule M: the mirror is in the global table's own page\n");
    return 1;
  }
  return __real_aspace_check_fast(as);
}

/* Make a private table for a user table that holds something, and set and clear
 * each slot of its mirror. What is wrong may have written to the global table's
 * page, which gets its slots back. */
static bool try_private_table(pagetable_t root, pagetable_t low)
{
  const pte_t words[] = {pte_make_table(low), 0};
  struct aspace as = {.pagetable = root, .low = low};
  pte_t *global = pte_target(kernel_pagetable[0]), kept[MIRROR_SLOTS];

  memcpy(kept, global, sizeof(kept));
  low[0] = low[MIRROR_SLOTS - 1] = words[0];
  root[0] = root[USER_TOP_SLOT] = words[0];
  bool works = __real_kpagetable_create(root, &as.kpagetable) >= 0 &&
               as.kpagetable != NULL && kpagetable_low(as.kpagetable) != NULL &&
               check_fast(&as) == 0;
  for (int i = 0; i < (int)ARRAY_LEN(words); i++)
    for (int slot = 0; works && slot < MIRROR_SLOTS; slot++)
      works = try_slot(low, as.kpagetable, slot, words[i]);
  memcpy(global, kept, sizeof(kept));

  /* A table that is wrong is not freed: a page of it may be the global
   * table's. */
  if (works)
    __real_kpagetable_free(as.kpagetable);
  return works;
}

void __wrap_aspace_init(void)
{
  pagetable_t root = kalloc_zeroed(), low = kalloc_zeroed();
  if (root == NULL || low == NULL)
    panic("no memory to try a private kernel table");
  __real_aspace_init();
  private_tables = try_private_table(root, low);
  kfree(low);
  kfree(root);
  if (!private_tables) {
    printk("no private kernel tables: processes run on the global one\n");
    distrust(NULL);
  }
}

int __wrap_kpagetable_create(pagetable_t user_root, pagetable_t *root)
{
  if (private_tables)
    return __real_kpagetable_create(user_root, root);
  *root = kernel_pagetable;
  return 0;
}

void __wrap_kpagetable_free(pagetable_t root)
{
  if (root != kernel_pagetable)
    __real_kpagetable_free(root);
}

void __wrap_kpagetable_set_slot(pagetable_t user_low, pagetable_t root,
                                int slot, pte_t word)
{
  if (root != kernel_pagetable)
    __real_kpagetable_set_slot(user_low, root, slot, word);
  else
    user_low[slot] = word;
}

int __wrap_aspace_check(struct aspace *as)
{
  return as->kpagetable != kernel_pagetable
             ? __real_aspace_check(as)
             : aspace_check_range(as, 0, user_end(as));
}

int __wrap_aspace_check_fast(struct aspace *as)
{
  return as->kpagetable != kernel_pagetable ? check_fast(as) : 0;
}

/* If the mirror's slot of va is out of date, say so and mend it, for the access
 * that faulted; but one is enough to trust none any more. */
static void mend_mirror(struct aspace *as, uint64 va)
{
  uint64 slot = va / SUPERPGSIZE;
  if (as->kpagetable == kernel_pagetable || slot >= MIRROR_SLOTS)
    return;

  pte_t *mirror = &kpagetable_low(as->kpagetable)[slot];
  if (*mirror == as->low[slot])
    return;
  if (!__atomic_load_n(&distrusted, __ATOMIC_RELAXED))
    printk("mirror out of date at va 0x%lx: slot %lu is 0x%lx, not 0x%lx\n", va,
           slot, *mirror, as->low[slot]);
  distrust("a mirror is wrong");
  *mirror = as->low[slot]; /* M */
  aspace_flush(as);
}

int __wrap_page_fault(uint64 va, enum access access)
{
  if (myaspace() != NULL)
    mend_mirror(myaspace(), va);
  return __real_page_fault(va, access);
}

/* The word at va by all three direct copies, against the walk. */
static bool try_word(struct aspace *as, uint64 va)
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
  const uint64 unmoved = ~0UL; /* no pointer, string or zero looks so */
  uint64 word = unmoved;
  if (copyin_new(&word, va, nbytes) == 0 || word != unmoved)
    return false;
  word = 0;
  return copyout_new(va, &word, nbytes) < 0;
}

/* Try ranges that other callers of the direct copies never ask for, since
 * copyin and copyout look first. None does harm if it is not refused: a copy of
 * the one that wraps faults after a word, since nothing is mapped behind the
 * stack yet; and the kernel's own memory, unlike a device, may be read. */
static bool try_limits(const struct aspace *as)
{
  char bytes[] = "of the kernel", copy[sizeof(bytes)];
  uint64 last_word = as->size - sizeof(uint64), string_bytes;

  return refused(last_word, -last_word) && refused((uint64)bytes, 1) &&
         copyinstr_new(copy, (uint64)bytes, sizeof(copy), &string_bytes) < 0;
}

/* Before process 1 goes to user mode for the first time, after its exec, the
 * direct copies are tried on its memory. */
uint64 __wrap_address_space_entering_user(void)
{
  static bool tried;
  struct aspace *as = myaspace();

  if (!tried && private_tables) {
    if (!try_word(as, as->frame->sp))
      distrust("a word is not copied");
    else if (!try_limits(as))
      distrust("a range that wraps or leaves the user's memory is not "
               "refused");
  }
  tried = true;
  return __real_address_space_entering_user();
}
