#include "mm/measure.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/kpagetable.h"
#include "mm/page.h"
#include "sync/spinlock.h"

static_assert(MEASURE_BYTES_MAX <= BLOCK_PAGES * PGSIZE,
              "a measured copy fits a block");

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

#define COPIES 16 /* that are measured together */

/* copyin or copyinstr; negative: it fails. */
typedef int (*copier)(struct aspace *as, void *dst, uint64 srcva,
                      uint64 nbytes);

static int string_copier(struct aspace *as, void *dst, uint64 srcva, uint64 max)
{
  return copyinstr(as, dst, srcva, max);
}

/* Interrupts off: what they cost is not the copy's. */
static inline uint64 cycles_of(copier copy, void *dst, uint64 srcva,
                               uint64 nbytes)
{
  struct aspace *as = myaspace();

  irq_push();
  uint64 before = csr_read(cycle);
  for (int i = 0; i < COPIES; i++)
    copy(as, dst, srcva, nbytes);
  uint64 total = csr_read(cycle) - before;
  irq_pop();
  return total / COPIES;
}

/* A block is the least that has so many pages side by side. */
static inline int measure(copier copy, uint64 srcva, uint64 nbytes,
                          uint64 *cycles)
{
  if (nbytes > MEASURE_BYTES_MAX || page_promise(BLOCK_PAGES) < 0)
    return -1;
  void *block = page_block_alloc_promised();
  if (block == NULL) {
    page_unpromise(BLOCK_PAGES);
    return -1;
  }

  bool works = copy(myaspace(), block, srcva, nbytes) >= 0;
  if (works)
    *cycles = cycles_of(copy, block, srcva, nbytes);
  page_block_put(block);
  return works ? 0 : -1;
}

int measure_copyin(uint64 srcva, uint64 nbytes, uint64 *cycles)
{
  return measure(copyin, srcva, nbytes, cycles);
}

int measure_copyinstr(uint64 srcva, uint64 max, uint64 *cycles)
{
  return measure(string_copier, srcva, max, cycles);
}
