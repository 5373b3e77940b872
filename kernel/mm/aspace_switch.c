/* Which tables a hart runs on, and what it owes an address space when it
 * comes to it. Without ASIDs every change of satp flushes the whole TLB, so
 * a hart is clean for whatever it has just entered. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/kvm.h"

static uint64 hart_bit(const struct hart *hart)
{
  return 1UL << hart->index;
}

uint64 aspace_kernel_satp(const struct aspace *as)
{
  return MAKE_SATP(as->kpagetable != NULL ? as->kpagetable : kernel_pagetable);
}

static void load_satp(uint64 satp)
{
  tlb_flush(); /* stores to the tables, before translations by them */
  csr_write(satp, satp);
  tlb_flush();
}

static void note_clean(struct aspace *as, const struct hart *hart)
{
  as->tlb_clean |= hart_bit(hart);
  as->flushed[hart->index] = as->generation;
}

/* Load as's tables in satp, in this hart's record and in the trapframe. */
static void run_on(struct aspace *as, struct hart *hart)
{
  uint64 satp = aspace_kernel_satp(as);

  as->frame->kernel_satp = satp;
  as->frame->user_satp = MAKE_SATP(as->pagetable);
  as->frame->hart = hart;
  hart->aspace = as;
  hart->frame = as->frame;
  load_satp(satp);
  hart->direct = as->kpagetable != NULL && copies_go_direct() ? as : NULL;
  note_clean(as, hart);

  /* Code that its own process can write may have changed on another hart. */
  if (as->wx)
    as->icache_clean &= ~hart_bit(hart);
}

void aspace_enter(struct aspace *as)
{
  debug_assert(!irq_enabled());
  if (as != NULL)
    run_on(as, this_hart());
}

void aspace_leave(void)
{
  struct hart *hart = this_hart();

  debug_assert(!irq_enabled());
  if (hart->aspace == NULL)
    return;
  hart->aspace = hart->direct = NULL;
  hart->frame = NULL;
  load_satp(MAKE_SATP(kernel_pagetable));
}

void aspace_replace(struct aspace *old, struct aspace *new)
{
  debug_assert(!irq_enabled() && this_hart()->aspace == old);
  if (DEBUG)
    assert(aspace_check(new) == 0);
  run_on(new, this_hart());
}

void address_space_entering_user(void)
{
  struct hart *hart = this_hart();
  struct aspace *as = hart->aspace;

  debug_assert(as->tlb_clean & hart_bit(hart));
  debug_assert(as->flushed[hart->index] == as->generation);
  debug_assert(aspace_check_fast(as) == 0);
  if (!(as->icache_clean & hart_bit(hart))) {
    icache_flush();
    as->icache_clean |= hart_bit(hart);
  }
}
