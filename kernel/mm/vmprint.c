#include "mm/vmprint.h"
#include "lib/print.h"
#include "mm/pt.h"
#include "sync/wait.h"

/* How one form of the listing names an entry. */
struct style {
  const char *margin;   /* before everything */
  bool names_addresses; /* the entry's address, not its index */
};

static const struct style by_index = {"", false};
static const struct style by_address = {" ", true};

static void print_entry(const pte_t *pte, int level, uint64 va,
                        const struct style *style)
{
  static const char *const depth[] = {".. .. ..", ".. ..", ".."}; /* by level */
  const char *format = style->names_addresses
                           ? "%s%s0x%016lx: pte 0x%016lx pa 0x%016lx\n"
                           : "%s%s%lu: pte 0x%016lx pa 0x%016lx\n";

  /* One call, so that no other hart prints into the line. */
  printk(format, style->margin, depth[level],
         style->names_addresses ? va : PX(level, va), *pte, PTE2PA(*pte));
}

static bool print_if_valid(pte_t *pte, int level, uint64 va, void *style)
{
  if (killed())
    return false;
  if (pte_valid(*pte))
    print_entry(pte, level, va, style);
  return true;
}

static int print_table(pagetable_t table, const struct style *style)
{
  printk("page table 0x%016lx\n", (uint64)table);
  pt_visit(table, PT_ROOT_LEVEL, 0, print_if_valid, (void *)style);
  return 0;
}

int vmprint(pagetable_t table)
{
  return print_table(table, &by_index);
}

int vmprint_addresses(pagetable_t table)
{
  return print_table(table, &by_address);
}
