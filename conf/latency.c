/* The longest section that the kernel runs with interrupts off, for builds with
 * LATENCY=1: in instructions (instret, which counts exactly under QEMU's
 * -icount). A section begins where interrupts go off, or a trap has found them
 * on, and ends where they come on again or the trap returns. Waiting for an
 * interrupt is no part of it, nor are the trap vectors' own instructions. It
 * belongs to the hart, whatever threads run meanwhile. Under -icount all harts
 * of QEMU share one instret, so only a machine of one hart records anything. */
#include "lib/debug.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/print.h"

static bool started; /* set where interrupts first come on, after boot */
static bool open;
static uint64 began; /* instret, while open */
static uint64 from;

/* Of the longest one; zeros: none yet. */
static uint64 longest, longest_from, longest_to;

void latency_begin(uint64 pc)
{
  if (!started || open)
    return;
  open = true;
  from = pc != 0 ? pc : (uint64)__builtin_return_address(0);
  began = csr_read(instret);
}

void latency_end(void)
{
  uint64 instructions = csr_read(instret) - began;

  if (open && instructions > longest) {
    longest = instructions;
    longest_from = from;
    longest_to = (uint64)__builtin_return_address(0);
  }
  open = false;
  started = nharts == 1;
}

size_t latency_report(char *text, size_t room)
{
  return format_text(text, room, "irqs_off: %lu instructions, 0x%lx to 0x%lx\n",
                     longest, longest_from, longest_to);
}
