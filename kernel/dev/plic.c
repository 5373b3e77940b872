/* The driver of the interrupt controller. An interrupt goes through four
 * registers: its source needs a priority above 0, and a context (a hart in a
 * mode) needs the source's enable bit and a lower threshold; then the context
 * is interrupted. Reading the claim register gives the source and takes it from
 * all other contexts; writing it back there completes the interrupt. */
#include "dev/plic.h"
#include "arch/hart.h"
#include "arch/mmio.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"

#define PRIORITY(irq) (PLIC + 4 * (uint64)(irq))
#define ENABLE(context) (PLIC + 0x2000 + 0x80 * (context))
#define THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

/* On the virt machine each hart has a context for M-mode, then one for S. */
#define CONTEXT_S(hartid) (2 * (hartid) + 1)

/* Our devices are within the first word of enable bits. Source 0 is none. */
#define NSOURCE 32

static irq_handler handlers[NSOURCE];
static uint32 handled; /* enable bits of those that have a handler */

void plic_handle(int irq, irq_handler handler)
{
  assert(irq > 0 && irq < NSOURCE);
  handlers[irq] = handler;
  handled |= 1U << irq;
  mmio_write32(PRIORITY(irq), 1);
}

void plic_init_hart(void)
{
  mmio_write32(ENABLE(CONTEXT_S(this_hart()->hartid)), handled);
  mmio_write32(THRESHOLD(CONTEXT_S(this_hart()->hartid)), 0);
}

void plic_interrupt(void)
{
  uint64 claim = CLAIM(CONTEXT_S(this_hart()->hartid));
  uint32 irq = mmio_read32(claim);
  if (irq == 0)
    return;
  assert(irq < NSOURCE && handlers[irq] != NULL);
  handlers[irq]();
  mmio_write32(claim, irq); /* complete: the source may interrupt again */
}
