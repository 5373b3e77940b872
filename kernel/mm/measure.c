#include "mm/measure.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "mm/aspace.h"
#include "mm/kpagetable.h"
#include "mm/page.h"
#include "sync/spinlock.h"

int measure_private_table(struct table_cost *cost)
{
  struct aspace *as = myaspace();
  pagetable_t root;

  if (as->kpagetable == NULL)
    return -1;

  irq_push(); /* an interrupt's instructions are not the table's */
  uint64 free_before = pages_free();
  uint64 before = csr_read(instret);
  int result = kpagetable_create(as->low, &root);
  cost->instructions = csr_read(instret) - before;
  cost->pages = free_before - pages_free();
  irq_pop();

  return result == 0 ? kpagetable_free(root) : -1;
}
