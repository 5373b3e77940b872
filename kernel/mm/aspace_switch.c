/* Which tables a hart runs on, and what its TLB owes them.
 *
 * Each table of an address space has an ASID of its own, and a clean set. To
 * take something out of the tables empties both sets; a hart that is in the set
 * has nothing of this ASID in its TLB that is older than the table, and one
 * that is not flushes the ASID before satp names it. So a flush that nobody
 * needs, of a table that does not run, is never made. Without ASIDs satp names
 * ASID 0 always, and each change of it flushes all. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/copy.h"
#include "mm/kvm.h"
#include "sync/spinlock.h"

#define NASID (NASPACE * NVIEWS + 1) /* 0 is the global table's */

static_assert(NASID <= 1 << SATP_ASID_BITS, "satp has room for an ASID");

static bool asids_used;

static bool two_tables; /* atomics only */

static uint64 hart_bit(const struct hart *hart)
{
  return 1UL << hart->index;
}

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
    if (asids != 0 && asids < NASID)
      asids_used = false;
  }
}

bool asid_suffices(void)
{
  return !asids_used || this_hart()->asids >= NASID;
}

bool asid_in_use(void)
{
  return asids_used;
}

void aspace_number(struct aspace *as, int number)
{
  as->first_asid = 1 + number * NVIEWS;
}

void aspace_set_two_tables(bool two)
{
  __atomic_store_n(&two_tables, two, __ATOMIC_RELAXED);
}

bool aspace_two_tables(void)
{
  return __atomic_load_n(&two_tables, __ATOMIC_RELAXED);
}

uint64 satp_writes(void)
{
  uint64 sum = 0;
  for (int i = 0; i < nharts; i++)
    sum += __atomic_load_n(&harts[i].satp_writes, __ATOMIC_RELAXED);
  return sum;
}

uint64 tlb_flushes(void)
{
  uint64 sum = 0;
  for (int i = 0; i < nharts; i++)
    sum += __atomic_load_n(&harts[i].tlb_flushes, __ATOMIC_RELAXED);
  return sum;
}

static void view_set(struct aspace *as, enum view_name name, pagetable_t root)
{
  struct view *view = &as->view[name];

  view->satp = MAKE_SATP(root, asids_used ? as->first_asid + name : 0);
  view->clean = 0;
  view->generation++;
}

void aspace_set_views(struct aspace *as)
{
  view_set(as, USER_VIEW, as->pagetable);
  view_set(as, KERNEL_VIEW, as->kpagetable);
}

uint64 aspace_kernel_satp(const struct aspace *as)
{
  return as->view[KERNEL_VIEW].satp;
}

/* Flush what this hart has of the view's ASID. */
static void make_clean(struct view *view, struct hart *hart)
{
  tlb_flush_asid(SATP_ASID(view->satp));
  hart->tlb_flushes++;
  view->clean |= hart_bit(hart);
  if (DEBUG)
    view->flushed[hart->index] = view->generation;
}

/* Before this hart translates by the view: stores to the table come before the
 * first fetch through it. */
static void get_clean(struct view *view, struct hart *hart)
{
  if (!(view->clean & hart_bit(hart)))
    make_clean(view, hart);
  debug_assert(view->flushed[hart->index] == view->generation);
}

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

void aspace_flush(struct aspace *as)
{
  irq_push();
  struct hart *hart = this_hart();
  for (int i = 0; i < NVIEWS; i++) {
    as->view[i].clean = 0;
    as->view[i].generation++;
  }
  if (hart->aspace == as)
    make_clean(&as->view[KERNEL_VIEW], hart);
  irq_pop();
}

void aspace_flush_leaf(struct aspace *as, uint64 va)
{
  irq_push();
  struct hart *hart = this_hart();
  uint64 here = hart->aspace == as ? hart_bit(hart) : 0;
  if (here) {
    tlb_flush_va(va); /* in every ASID */
    hart->tlb_flushes++;
  }
  for (int i = 0; i < NVIEWS; i++) {
    struct view *view = &as->view[i];
    view->clean &= here;
    view->generation++;
    if (DEBUG && view->clean)
      view->flushed[hart->index] = view->generation;
  }
  irq_pop();
}

/* Load as's tables in satp, in this hart's record and in the trapframe. */
static void run_on(struct aspace *as, struct hart *hart)
{
  uint64 satp = aspace_kernel_satp(as);

  as->frame->kernel_satp = satp;
  as->frame->hart = hart;
  hart->aspace = as;
  hart->frame = as->frame;
  get_clean(&as->view[KERNEL_VIEW], hart);
  load_satp(satp, hart);
  hart->direct = copies_go_direct() ? as : NULL;

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
  load_satp(kvm_satp(), hart);
}

void aspace_replace(struct aspace *old, struct aspace *new)
{
  debug_assert(!irq_enabled() && this_hart()->aspace == old);
  if (DEBUG)
    assert(aspace_check(new) == 0);
  run_on(new, this_hart());
}

/* Whether user mode runs on the private table, which has nothing more for it
 * than the user table has (U, H and K). */
static bool one_table_will_do(const struct aspace *as)
{
  return as->size <= USER_VA_STOP && !aspace_two_tables();
}

/* The trampoline will swap the tables on the way out, and back on the way in;
 * both are counted here. Out of line: as part of its caller it would make the
 * way without it longer.*/
static __attribute__((noinline)) uint64 prepare_swap(struct aspace *as,
                                                     struct hart *hart)
{
  struct view *view = &as->view[USER_VIEW];

  get_clean(view, hart);
  hart->satp_writes += 2;
  if (!asids_used)
    hart->tlb_flushes += 2;
  return view->satp;
}

uint64 address_space_entering_user(void)
{
  struct hart *hart = this_hart();
  struct aspace *as = hart->aspace;

  debug_assert(aspace_check_fast(as) == 0);
  if (!(as->icache_clean & hart_bit(hart))) {
    icache_flush();
    as->icache_clean |= hart_bit(hart);
  }
  if (!one_table_will_do(as))
    return prepare_swap(as, hart);

  const struct view *view = &as->view[KERNEL_VIEW]; /* clean while it runs */
  debug_assert(view->flushed[hart->index] == view->generation);
  return view->satp;
}
