#include "dev/power.h"
#include "arch/csr.h"
#include "arch/finisher.h"
#include "arch/mmio.h"
#include "kernel/memlayout.h"

#define STATUS_MAX 127

void power_off(int status)
{
  uint32 command = FINISHER_PASS;

  irq_disable();
  if (status < 0 || status > STATUS_MAX)
    status = STATUS_MAX;
  if (status != 0)
    command = (uint32)status << FINISHER_STATUS_SHIFT | FINISHER_FAIL;
  io_fence();
  mmio_write32(FINISHER, command);
  for (;;)
    wait_for_interrupt();
}
