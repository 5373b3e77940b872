/* The record of how long interrupts wait (arch/csr.h says what counts), for
 * builds with LATENCY=1 alone. A section belongs to the hart, whatever threads
 * run meanwhile. Under -icount all harts of QEMU share one instret, so only a
 * machine of one hart records anything. */
#include "arch/csr.h"
#include "arch/hart.h"

static bool started; /* set where interrupts first come on, after boot */
static bool open;
static uint64 began; /* instret, while open */
static uint64 from;
static struct irqs_off longest;

void latency_begin(uint64 pc)
{
  if (!started || open)
    return;
  open = true;
  from = pc;
  began = csr_read(instret);
}

void latency_end(void)
{
  uint64 instructions = csr_read(instret) - began;

  if (open && instructions > longest.instructions)
    longest = (struct irqs_off){instructions, from,
                                (uint64)__builtin_return_address(0)};
  open = false;
  started = nharts == 1;
}

struct irqs_off latency_longest(void)
{
  return longest;
}
