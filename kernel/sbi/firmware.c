/* From reset to S-mode: every hart is set up alike, one goes on, the others
 * wait for the kernel's word. */
#include "sbi/firmware.h"
#include "arch/mmio.h"
#include "sbi/mcsr.h"

static_assert(sizeof(struct mframe) == MFRAME_SIZE, "mentry.S");
static_assert(offsetof(struct mframe, a) == MFRAME_A, "mentry.S");
static_assert(offsetof(struct mframe, sp) == MFRAME_SP, "mentry.S");

/* All but the calls of S-mode: they are the firmware's business. */
#define DELEGATED_EXCEPTIONS                                                   \
  (1L << CAUSE_MISALIGNED_FETCH | 1L << CAUSE_FETCH_ACCESS |                   \
   1L << CAUSE_ILLEGAL | 1L << CAUSE_BREAKPOINT |                              \
   1L << CAUSE_MISALIGNED_LOAD | 1L << CAUSE_LOAD_ACCESS |                     \
   1L << CAUSE_MISALIGNED_STORE | 1L << CAUSE_STORE_ACCESS |                   \
   1L << CAUSE_ECALL_U | 1L << CAUSE_FETCH_PAGE_FAULT |                        \
   1L << CAUSE_LOAD_PAGE_FAULT | 1L << CAUSE_STORE_PAGE_FAULT)

#define NEVER (~0UL)

struct mhart mharts[NCPU];

/* A hart that is not set up yet counts as stopped: a start request that comes
 * too early is found later. */
static_assert(MHART_STOPPED == 0, "the initial state");

/* 1 once a hart is on its way to the kernel. Atomics take words only. */
static uint boot_hart_chosen;

/* Give S-mode the whole of memory. Where there is no PMP, it has it; where a
 * PMP has no entry, QEMU lets no hart leave M-mode. */
static void open_memory(void)
{
  if (!csr_try_write(pmpaddr0, PMP_EVERYWHERE))
    return;
  csr_write(pmpcfg0, PMP_NAPOT_RWX);
  if (csr_read(pmpcfg0) == 0)
    isa_lacks("an entry of the PMP");
}

/* Let S-mode set its own timer, if this hart can do that. */
static bool enable_sstc(void)
{
  return csr_try_write(CSR_MENVCFG, MENVCFG_STCE) &&
         (csr_read(CSR_MENVCFG) & MENVCFG_STCE) &&
         csr_try_write(CSR_STIMECMP, NEVER);
}

/* Set this hart's M-mode registers for S-mode. */
static void set_up(struct mhart *mhart, uint64 hartid)
{
  open_memory();
  csr_write(mcounteren, COUNTEREN_ALL);
  mhart->has_sstc = enable_sstc();
  csr_write(mtvec, (uint64)mtrap_vector);

  csr_write(medeleg, DELEGATED_EXCEPTIONS);
  csr_write(mideleg, MIP_SSIP | MIP_STIP | MIP_SEIP);

  csr_write(satp, 0);
  csr_write(mstatus, MSTATUS_MPP_SUPERVISOR);

  mmio_write64(CLINT_MTIMECMP(hartid), NEVER);
  csr_write(mie, MIP_MSIP);
}

/* Sleep until another hart starts this one. The interrupt is taken back before
 * the look at the state, so that none can fall between look and sleep. */
static void wait_for_start(struct mhart *mhart, uint64 hartid)
{
  for (;;) {
    mmio_write32(CLINT_MSIP(hartid), 0);
    io_fence();
    if (__atomic_load_n(&mhart->state, __ATOMIC_ACQUIRE) == MHART_START_PENDING)
      return;
    wait_for_interrupt();
  }
}

void firmware_start(uint64 hartid, uint64 fdt)
{
  struct mhart *mhart = &mharts[hartid];

  set_up(mhart, hartid);
  if (!__atomic_exchange_n(&boot_hart_chosen, 1, __ATOMIC_ACQ_REL)) {
    mhart->entry = (uint64)boot_entry;
    mhart->opaque = fdt;
  } else {
    wait_for_start(mhart, hartid);
  }
  __atomic_store_n(&mhart->state, MHART_STARTED, __ATOMIC_RELEASE);
  icache_flush();
  enter_supervisor(hartid, mhart->opaque, mhart->entry);
}
