/* The checker: proves the rules of mm/aspace.h, or says where they
 * are broken. */
#include "lib/print.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/kpagetable.h"
#include "mm/kvm.h"
#include "mm/layout.h"
#include "mm/pt.h"

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
  pagetable_t low = kpagetable_low(as->kpagetable);
  return compare_slots('M', "mirror", low, as->low, 0, MIRROR_SLOTS) +
         compare_slots('S', "low", low, kpagetable_low(kernel_pagetable),
                       MIRROR_SLOTS, PT_ENTRIES) +
         compare_slots('S', "root", as->kpagetable, kernel_pagetable, 1,
                       USER_TOP_SLOT) +
         compare_slots('S', "root", as->kpagetable, kernel_pagetable,
                       USER_TOP_SLOT + 1, PT_ENTRIES) +
         compare_slots('H', "root", as->kpagetable, as->pagetable,
                       USER_TOP_SLOT, USER_TOP_SLOT + 1);
}

/* A look at leaves. */
struct leaf_check {
  struct aspace *as;
  int breaches;
};

static int check_user_bit(pte_t pte, uint64 va)
{
  if (va >= USER_VA_STOP || (pte & PTE_U))
    return 0;
  printk("rule U: slot %lu, va 0x%lx: leaf 0x%lx is not the user's\n",
         va / SUPERPGSIZE, va, pte);
  return 1;
}

/* What may stand under the root slot that the private table has of the user
 * table, while user mode runs on it. */
static int check_top(const struct aspace *as, pte_t pte, uint64 va)
{
  bool is_shared_page =
      va == USYSCALL && (pte & (PTE_RWX | PTE_U)) == (PTE_R | PTE_U);
  bool is_kernels = (va == TRAPFRAME || va == TRAMPOLINE) && !(pte & PTE_U);

  bool is_heap = as->size > USER_VA_STOP && va < USYSCALL + PGSIZE;

  if (va < KSTACK_END || is_heap || is_shared_page || is_kernels)
    return 0;
  printk("rule H: va 0x%lx: leaf 0x%lx is not what belongs there\n", va, pte);
  return 1;
}

static int check_write_or_execute(const struct aspace *as, pte_t pte, uint64 va)
{
  bool asked = as->wx && (pte & PTE_U) && va < as->heap_base;

  if (!(pte & PTE_W) || !(pte & PTE_X) || asked)
    return 0;
  printk("rule W: va 0x%lx: leaf 0x%lx has both W and X\n", va, pte);
  return 1;
}

static bool check_leaf(pte_t *pte, int level, uint64 va, void *context)
{
  struct leaf_check *check = context;

  (void)level;
  if (pte_is_leaf(*pte))
    check->breaches += check_user_bit(*pte, va) +
                       check_top(check->as, *pte, va) +
                       check_write_or_execute(check->as, *pte, va);
  return true;
}

int aspace_check_around(struct aspace *as, uint64 va)
{
  uint64 first = SUPERPGROUNDDOWN(va);
  struct leaf_check check = {.as = as};
  int level;
  pte_t *entry = entry_find(as, first, &level);

  if (level == 0)
    pt_visit(entry, 0, first, check_leaf, &check);
  else
    check_leaf(entry, level, first, &check);
  return check.breaches;
}

int aspace_check_leaves(struct aspace *as)
{
  struct leaf_check check = {.as = as};
  pt_visit(as->pagetable, PT_ROOT_LEVEL, 0, check_leaf, &check);
  return check.breaches;
}

static bool check_kernel_leaf(pte_t *pte, int level, uint64 va, void *context)
{
  int *breaches = context;

  (void)level;
  if (pte_is_leaf(*pte) && (*pte & PTE_U)) {
    printk("rule K: va 0x%lx: leaf 0x%lx is the user's\n", va, *pte);
    ++*breaches;
  }
  if (pte_is_leaf(*pte) && (*pte & PTE_W) && (*pte & PTE_X)) {
    printk("rule W: va 0x%lx: leaf 0x%lx has both W and X\n", va, *pte);
    ++*breaches;
  }
  return true;
}

int aspace_check_global(void)
{
  int breaches = 0;

  pt_visit(kernel_pagetable, PT_ROOT_LEVEL, 0, check_kernel_leaf, &breaches);
  return breaches;
}

int aspace_check(struct aspace *as)
{
  /* By M and H, the user table has every leaf of the user's memory that the
   * private table has. */
  return aspace_check_fast(as) + aspace_check_leaves(as);
}
