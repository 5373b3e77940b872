/* The checker: proves the rules of mm/aspace.h, or prints where they are
 * broken. Debug builds run it at fork, exec and exit, a part of it after each
 * operation, and its fast part at each return to user mode; a program asks for
 * it by ascheck(). */
#include "lib/print.h"
#include "mm/aspace.h"
#include "mm/kvm.h"

/* Compare slots [first, end) of two tables, which rule says are equal. */
static int compare_slots(char rule, const char *which, const pte_t *private,
                         const pte_t *model, int first, int end)
{
  int breaches = 0;
  for (int i = first; i < end; i++) {
    if (private[i] == model[i])
      continue;
    printk("rule %c: %s slot %d is 0x%lx, not 0x%lx\n", rule, which, i,
           private[i], model[i]);
    breaches++;
  }
  return breaches;
}

int aspace_check_fast(struct aspace *as)
{
  const int top = USER_TOP_SLOT;
  pagetable_t root = as->kpagetable, low = kpagetable_low(root);
  return compare_slots('M', "mirror", low, as->low, 0, MIRROR_SLOTS) +
         compare_slots('S', "low", low, kpagetable_low(kernel_pagetable),
                       MIRROR_SLOTS, PT_ENTRIES) +
         compare_slots('S', "root", root, kernel_pagetable, 1, top) +
         compare_slots('S', "root", root, kernel_pagetable, top + 1,
                       PT_ENTRIES) +
         compare_slots('H', "root", root, as->pagetable, top, top + 1);
}

/* What a walk over leaves looks at, and how many breaches it found. */
struct leaf_check {
  const struct aspace *as; /* NULL: of the global table */
  int breaches;
};

static void report(struct leaf_check *check, char rule, pte_t leaf, uint64 va,
                   const char *what)
{
  printk("rule %c: va 0x%lx: leaf 0x%lx %s\n", rule, va, leaf, what);
  check->breaches++;
}

static bool check_entry(pte_t *entry, int level, uint64 va, void *context)
{
  struct leaf_check *check = context;
  const struct aspace *as = check->as;
  pte_t leaf = *entry;
  bool is_user = leaf & PTE_U, is_wx = (leaf & PTE_W) && (leaf & PTE_X);
  (void)level;
  if (!pte_is_leaf(leaf))
    return true;

  if (as == NULL && is_user)
    report(check, 'K', leaf, va, "is the user's");
  if (is_wx && !(as != NULL && as->wx && is_user && va < as->heap_base))
    report(check, 'W', leaf, va, "has both W and X");
  if (as == NULL)
    return true;

  if (va < USER_VA_STOP && !is_user) {
    printk("rule U: slot %lu, va 0x%lx: leaf 0x%lx is not the user's\n",
           va / SUPERPGSIZE, va, leaf);
    check->breaches++;
  }

  /* What may stand under the root slot that both tables have. */
  bool is_heap = as->size > USER_VA_STOP && va < USYSCALL + PGSIZE;
  bool is_usyscall =
      va == USYSCALL && (leaf & (PTE_RWX | PTE_U)) == (PTE_R | PTE_U);
  bool is_kernels = (va == TRAPFRAME || va == TRAMPOLINE) && !is_user;
  if (va >= KSTACK_END && !is_heap && !is_usyscall && !is_kernels)
    report(check, 'H', leaf, va, "is not what belongs there");
  return true;
}

int aspace_check_range(struct aspace *as, uint64 start, uint64 end)
{
  struct leaf_check check = {.as = as};
  for (uint64 va = SUPERPGROUNDDOWN(start); va < end; va += SUPERPGSIZE) {
    int level;
    pte_t *entry = pt_find(as->pagetable, va, &level);
    if (level == 0)
      pt_visit(entry, 0, va, check_entry, &check);
    else
      check_entry(entry, level, va, &check);
  }
  return check.breaches;
}

int aspace_check_global(void)
{
  struct leaf_check check = {.as = NULL};
  pt_visit(kernel_pagetable, PT_ROOT_LEVEL, 0, check_entry, &check);
  return check.breaches;
}

int aspace_check(struct aspace *as)
{
  struct leaf_check check = {.as = as, .breaches = aspace_check_fast(as)};

  /* By M and H the user table has all user leaves of the private one. */
  pt_visit(as->pagetable, PT_ROOT_LEVEL, 0, check_entry, &check);
  return check.breaches;
}
