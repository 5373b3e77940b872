/* The answers to SBI calls: SBI 1.0, the chapters Base, Timer, IPI and Hart
 * State Management, of each what this kernel uses. */
#include "sbi/firmware.h"
#include "arch/mmio.h"
#include "arch/sbi.h"
#include "sbi/mcsr.h"

#define ALL_HARTS (~0UL) /* as the base of a hart mask */

struct answer {
  long error;
  uint64 value;
};

static struct answer fail(long error)
{
  return (struct answer){.error = error};
}

static struct answer succeed(uint64 value)
{
  return (struct answer){.error = SBI_SUCCESS, .value = value};
}

static struct answer base_probe(uint64 extension)
{
  switch (extension) {
  case SBI_EXT_BASE:
  case SBI_EXT_TIMER:
  case SBI_EXT_IPI:
  case SBI_EXT_HSM:
    return succeed(1);
  default:
    return succeed(0);
  }
}

static struct answer timer_set(uint64 deadline)
{
  uint64 hartid = csr_read(mhartid);

  if (mharts[hartid].has_sstc) {
    csr_write(CSR_STIMECMP, deadline);
  } else {
    mmio_write64(CLINT_MTIMECMP(hartid), deadline);
    csr_clear(mip, MIP_STIP);
    csr_set(mie, MIP_MTIP);
  }
  return succeed(0);
}

static struct answer ipi_send(uint64 mask, uint64 first)
{
  if (first == ALL_HARTS) {
    mask = (1UL << NCPU) - 1;
    first = 0;
  }
  if (first >= NCPU || mask >> (NCPU - first) != 0)
    return fail(SBI_ERR_INVALID_PARAM);
  io_fence();
  for (; mask != 0; mask >>= 1, first++) {
    if (mask & 1)
      mmio_write32(CLINT_MSIP(first), 1);
  }
  return succeed(0);
}

static struct answer hart_start(uint64 hartid, uint64 entry, uint64 opaque)
{
  if (hartid >= NCPU)
    return fail(SBI_ERR_INVALID_PARAM);

  struct mhart *mhart = &mharts[hartid];
  enum mhart_state expected = MHART_STOPPED;
  if (!__atomic_compare_exchange_n(&mhart->state, &expected, MHART_CLAIMED,
                                   false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return fail(SBI_ERR_ALREADY_AVAILABLE);
  mhart->entry = entry;
  mhart->opaque = opaque;
  __atomic_store_n(&mhart->state, MHART_START_PENDING, __ATOMIC_RELEASE);
  return ipi_send(1, hartid);
}

static struct answer hart_status(uint64 hartid)
{
  static const uint64 status[] = {
      [MHART_STOPPED] = SBI_HART_STOPPED,
      [MHART_CLAIMED] = SBI_HART_START_PENDING,
      [MHART_START_PENDING] = SBI_HART_START_PENDING,
      [MHART_STARTED] = SBI_HART_STARTED,
  };
  if (hartid >= NCPU)
    return fail(SBI_ERR_INVALID_PARAM);
  return succeed(
      status[__atomic_load_n(&mharts[hartid].state, __ATOMIC_ACQUIRE)]);
}

static struct answer dispatch(uint64 extension, uint64 function,
                              const uint64 *argument)
{
  if (extension == SBI_EXT_BASE && function == SBI_BASE_PROBE)
    return base_probe(argument[0]);
  if (extension == SBI_EXT_TIMER && function == SBI_TIMER_SET)
    return timer_set(argument[0]);
  if (extension == SBI_EXT_IPI && function == SBI_IPI_SEND)
    return ipi_send(argument[0], argument[1]);
  if (extension == SBI_EXT_HSM && function == SBI_HSM_START)
    return hart_start(argument[0], argument[1], argument[2]);
  if (extension == SBI_EXT_HSM && function == SBI_HSM_STATUS)
    return hart_status(argument[0]);
  return fail(SBI_ERR_NOT_SUPPORTED);
}

void sbi_answer(struct mframe *frame)
{
  struct answer answer = dispatch(frame->a[7], frame->a[6], frame->a);
  frame->a[0] = (uint64)answer.error;
  frame->a[1] = answer.value;
}
