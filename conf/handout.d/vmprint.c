#include "mm/vmprint.h"

/* Hints.
 * - Draw the tree on paper first. What does a table page hold, and how does
 *   an entry tell that there is another table below it? mm/pt.h has names for
 *   both questions, and something that goes through a whole table for you.
 * - A listing is read by the eye: one entry, one line, and the dots say how
 *   deep it stands. Several harts print at once, so let a line be one printk.
 * - Both forms differ only in how they name an entry. Where would you put
 *   what differs?
 * - At which address does what an entry maps begin? Think of the index at each
 *   level as some digits of that number.
 * Try it with `ptdump`, `ptdump -k` and `pgtbltest`. */

int vmprint(pagetable_t table)
{
  (void)table;
  return -1;
}

int vmprint_addresses(pagetable_t table)
{
  (void)table;
  return -1;
}
