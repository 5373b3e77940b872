#include "dev/plic.h"
#include "arch/hart.h"
#include "arch/mmio.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"

/* The register map: a priority for each source, then, for each context (a
 * hart in a mode), enable bits, a threshold and a claim register. */
#define PRIORITY(irq) (PLIC + 4 * (uint64)(irq))
#define ENABLE(context) (PLIC + 0x2000 + 0x80 * (context))
#define THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

/* On the virt machine each hart has a context for M-mode, then one for S. */
#define CONTEXT_S(hartid) (2 * (hartid) + 1)

/* Our devices are within the first word of enable bits. Source 0 is none. */
#define NSOURCE 32

static irq_handler handlers[NSOURCE];

void plic_handle(int irq, irq_handler handler)
{
  assert(irq > 0 && irq < NSOURCE);
  handlers[irq] = handler;
}

void plic_init(void)
{
  for (int irq = 1; irq < NSOURCE; irq++)
    mmio_write32(PRIORITY(irq), handlers[irq] != NULL);
}

void plic_init_hart(void)
{
  uint64 context = CONTEXT_S(this_hart()->hartid);
  uint32 enabled = 0;

  for (int irq = 1; irq < NSOURCE; irq++) {
    if (handlers[irq] != NULL)
      enabled |= 1U << irq;
  }
  mmio_write32(ENABLE(context), enabled);
  mmio_write32(THRESHOLD(context), 0);
}

void plic_interrupt(void)
{
  uint64 claim = CLAIM(CONTEXT_S(this_hart()->hartid));
  uint32 irq = mmio_read32(claim);

  if (irq == 0)
    return;
  assert(irq < NSOURCE && handlers[irq] != NULL);
  handlers[irq]((int)irq);
  mmio_write32(claim, irq); /* complete: the source may interrupt again */
}
