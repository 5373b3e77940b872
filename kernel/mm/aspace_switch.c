/* Which tables a hart runs on, and when its TLB is flushed.
 *
 * How memory goes. A hart may hold in its TLB what a table said before, so the
 * order is: clear the entry, flush, then free the frame. That holds for a page
 * of a table, too, even if it held reservations only, since a hart may have
 * cached the pointer to it. What only comes, from absent to present, is not
 * flushed: the worst that an old entry can cause is a spurious fault, which
 * aspace_fault mends, and most pages come to a hart that never looked there.
 *
 * Clean sets. Each table of an address space has an ASID of its own, and a set
 * of harts that are clean for it: their TLBs hold nothing under this ASID that
 * is older than the table. To take something out of the tables empties both
 * sets. A hart that is not in the set flushes the ASID before satp names it,
 * and is in the set then. So nothing is sent to other harts, on which the
 * process does not run, since it has one thread; and a switch between tables
 * that did not change is a store to satp without a flush. Without ASIDs every
 * satp names ASID 0, and each change of satp flushes all. The flush also orders
 * the stores to a new table before the first fetch through it. RISC-V
 * Privileged 1.12, Supervisor Memory-Management Fence.
 *
 * The generations prove it in debug builds, for QEMU flushes all at each change
 * of satp, so that no run on it can show a flush that is missing.
 *
 * Read mm/aspace.h before; trap/trampoline.S loads what
 * address_space_entering_user says. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/kvm.h"
#include "trap/trap.h"

#define NASID (NASPACE * NVIEWS + 1) /* 0 is the global table's */

static_assert(NASID <= 1 << SATP_ASID_BITS, "satp has room for an ASID");

bool asids_used;
static bool two_tables; /* atomics only */

static uint64 hart_bit(const struct hart *hart)
{
  return 1UL << hart->index;
}

/* ASIDs. */

/* Bits of the field that the hart has not got read as 0. RISC-V Privileged
 * 1.12, Supervisor Address Translation and Protection. */
void asid_probe(void)
{
  uint64 satp = csr_read(satp);
  csr_write(satp, satp | SATP_ASID_MASK);
  uint64 highest = SATP_ASID(csr_read(satp));
  csr_write(satp, satp);
  tlb_flush();
  __atomic_store_n(&this_hart()->asids, highest + 1, __ATOMIC_RELEASE);
}

void asid_settle(bool allowed)
{
  asids_used = allowed;
  for (int i = 0; i < nharts; i++) {
    uint64 asids = __atomic_load_n(&harts[i].asids, __ATOMIC_ACQUIRE);
    if (asids < NASID) /* 0: it did not start, and may come later */
      asids_used = false;
  }
}

void aspace_number(struct aspace *as, int number)
{
  as->first_asid = 1 + number * NVIEWS;
}

void aspace_set_views(struct aspace *as)
{
  const pagetable_t root[] = {
      [USER_VIEW] = as->pagetable,
      [KERNEL_VIEW] = as->kpagetable,
  };

  for (int i = 0; i < NVIEWS; i++) {
    struct view *view = &as->view[i];
    view->satp = MAKE_SATP(root[i], asids_used ? as->first_asid + i : 0);
    view->clean = 0;
    view->generation++;
  }
}

/* Flushes. */

/* Before this hart translates by the view: flush what it has of the ASID,
 * unless it is in the clean set. */
static void get_clean(struct view *view, struct hart *hart)
{
  if (!(view->clean & hart_bit(hart))) {
    tlb_flush_asid(SATP_ASID(view->satp));
    hart->tlb_flushes++;
    view->clean |= hart_bit(hart);
    view->flushed[hart->index] = view->generation;
  }
  debug_assert(view->flushed[hart->index] == view->generation);
}

void aspace_flush(struct aspace *as)
{
  irq_push();
  struct hart *hart = this_hart();
  for (int i = 0; i < NVIEWS; i++) {
    as->view[i].clean = 0;
    as->view[i].generation++;
  }
  if (hart->aspace == as) /* it runs on this view; the other can wait */
    get_clean(&as->view[KERNEL_VIEW], hart);
  irq_pop();
}

void aspace_flush_leaf(struct aspace *as, uint64 va)
{
  irq_push();
  struct hart *hart = this_hart();
  uint64 here = hart->aspace == as ? hart_bit(hart) : 0;
  if (here) {
    tlb_flush_va(va); /* in every ASID, so in both views */
    hart->tlb_flushes++;
  }
  for (int i = 0; i < NVIEWS; i++) {
    struct view *view = &as->view[i];
    view->clean &= here;
    view->generation++;
    if (view->clean) /* it was before, so nothing else is out of date */
      view->flushed[hart->index] = view->generation;
  }
  irq_pop();
}

/* Switches. */

static void load_satp(uint64 satp, struct hart *hart)
{
  if (satp == csr_read(satp))
    return;
  csr_write(satp, satp);
  hart->satp_writes++;
  if (!asids_used) {
    tlb_flush();
    hart->tlb_flushes++;
  }
}

void aspace_enter(struct aspace *as)
{
  struct hart *hart = this_hart();
  debug_assert(!irq_enabled());
  if (as == NULL)
    return;
  as->frame->hart = hart; /* the next trap of its process comes to this hart */
  hart->aspace = as;
  hart->frame = as->frame;
  get_clean(&as->view[KERNEL_VIEW], hart);
  load_satp(aspace_kernel_satp(as), hart);

  /* Code that its own process can write may have changed on another hart. */
  if (as->wx)
    as->icache_clean &= ~hart_bit(hart);
}

void aspace_leave(void)
{
  struct hart *hart = this_hart();
  debug_assert(!irq_enabled());
  if (hart->aspace == NULL)
    return;
  hart->aspace = NULL;
  hart->frame = NULL;
  load_satp(kvm_satp(), hart); /* no flush: it never changes */
}

void aspace_set_two_tables(bool two)
{
  __atomic_store_n(&two_tables, two, __ATOMIC_RELAXED);
}

bool aspace_two_tables(void)
{
  return __atomic_load_n(&two_tables, __ATOMIC_RELAXED);
}

uint64 address_space_entering_user(void)
{
  struct hart *hart = this_hart();
  struct aspace *as = hart->aspace;
  struct view *view = &as->view[KERNEL_VIEW]; /* clean while it runs */
  debug_assert(aspace_check_fast(as) == 0);
  if (!(as->icache_clean & hart_bit(hart))) {
    icache_flush();
    as->icache_clean |= hart_bit(hart);
  }

  /* While the break is at or below the stop, the private table has nothing more
   * for user mode than the user table (U, H, K), and stays in satp. Else the
   * trampoline swaps the tables, and back on the way in: both count here. */
  if (as->size > USER_VA_STOP || aspace_two_tables()) {
    view = &as->view[USER_VIEW];
    get_clean(view, hart);
    hart->satp_writes += 2;
    if (!asids_used)
      hart->tlb_flushes += 2;
  }
  debug_assert(view->flushed[hart->index] == view->generation);
  return view->satp;
}
