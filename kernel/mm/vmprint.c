/* EXERCISE: the printer of page tables, in two forms that differ in how they
 * name an entry. Read mm/vmprint.h, which shows them, and pt_visit of mm/pt.h,
 * which goes through a table, before. */
#include "mm/vmprint.h"
#include "lib/print.h"
#include "mm/pt.h"
#include "sync/wait.h"

/* Print one entry, as pt_visit asks for; *context tells whether by address. The
 * line is one call of printk, so that no other hart prints into it. */
static bool print_if_valid(pte_t *pte, int level, uint64 va, void *context)
{
  static const char *const depth[] = {".. .. ..", ".. ..", ".."}; /* by level */
  bool by_address = *(bool *)context;
  const char *format = by_address ? " %s0x%016lx: pte 0x%016lx pa 0x%016lx\n"
                                  : "%s%lu: pte 0x%016lx pa 0x%016lx\n";

  if (killed())
    return false;
  if (pte_valid(*pte))
    printk(format, depth[level], by_address ? va : PX(level, va), *pte,
           PTE2PA(*pte));
  return true;
}

static int print_table(pagetable_t table, bool by_address)
{
  printk("page table 0x%016lx\n", (uint64)table);
  pt_visit(table, PT_ROOT_LEVEL, 0, print_if_valid, &by_address);
  return 0;
}

int vmprint(pagetable_t table)
{
  return print_table(table, false);
}

int vmprint_addresses(pagetable_t table)
{
  return print_table(table, true);
}
