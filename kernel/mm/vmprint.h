/* EXERCISE: the printer of page tables. */
#ifndef MM_VMPRINT_H
#define MM_VMPRINT_H

#include "kernel/riscv.h"

/* Print every valid entry of a table, depth first, in the lab's form,
 * after a line "page table 0x%016lx":
 *   page table 0x0000000087f6e000
 *   ..0: pte 0x0000000021fda801 pa 0x0000000087f6a000
 *   .. ..0: pte 0x0000000021fda401 pa 0x0000000087f69000
 * A large leaf is printed as a leaf: nothing below it. The listing of a big
 * process is long: it ends early once the caller is killed(), see sync/wait.h.
 * Returns 0. */
int vmprint(pagetable_t table);

/* The form of kpgtbl(): a leading space, and the first address that an entry
 * maps instead of its index:  .. .. ..0x0000000000001000: pte 0x... pa 0x...
 * Else as above. */
int vmprint_addresses(pagetable_t table);

#endif
