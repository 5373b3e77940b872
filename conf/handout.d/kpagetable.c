#define KPAGETABLE_EDITION 3 /* of the header, which refuses others */
#include "mm/kpagetable.h"

/* Hints.
 * - The header's picture says, slot by slot, where each word comes from. Which
 *   of them differ between two processes? Only those need a page of your own.
 * - mm/kvm.h names the global table, mm/page.h gives pages and takes them.
 *   The second page may be refused when you hold the first already.
 * - Say to yourself what "shared" means: whose page is it, and who may free
 *   it?
 * - A process gets its first pages at the very lowest addresses, and its
 *   table changes as long as it runs. Who tells the mirror?
 * - At boot the kernel tries your functions and goes on without private tables
 *   if they do not do what the header says. It says which rule is broken, and
 *   in which slot: M, S and H of mm/aspace.h.
 * - Some of the user's own words must be in the private root, too: user mode
 *   runs on it. Which instruction is the first after a trap, and where is it?
 * Build with DEBUG=1: the rules are then checked all the time. */

int kpagetable_create(pagetable_t user_root, pagetable_t *root)
{
  (void)user_root, (void)root;
  return -1;
}

void kpagetable_free(pagetable_t root)
{
  (void)root;
}

void kpagetable_set_slot(pagetable_t user_low, pagetable_t root, int slot,
                         pte_t word)
{
  (void)user_low, (void)root, (void)slot, (void)word;
}

pagetable_t kpagetable_low(pagetable_t root)
{
  (void)root;
  return NULL;
}
