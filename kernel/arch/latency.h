/* How long interrupts wait: builds with LATENCY=1 record the longest section
 * that S-mode runs with interrupts off, in instructions (instret, which counts
 * exactly under QEMU's -icount). In all other builds nothing is left of this.
 *
 * A section begins where interrupts go off, or at the C part of a trap that
 * found them on. It ends where they come on again: for the next instruction,
 * or for where the trap came from. Waiting for an interrupt (wfi) is not part
 * of it, nor are the instructions by which a trap saves and restores registers.
 * It belongs to the hart, whatever threads run meanwhile.
 *
 * instret counts for all harts of QEMU together there, so only a machine of
 * one hart records anything. */
#ifndef ARCH_LATENCY_H
#define ARCH_LATENCY_H

#include "lib/base.h"

struct irqs_off {
  uint64 instructions;
  uint64 from, to; /* where it began and ended: pcs */
};

#if LATENCY
/* A section begins at pc, or goes on if one is under way; it ends at the
 * caller, if one is. Interrupts off. */
void latency_begin(uint64 pc);
void latency_end(void);

/* From now on sections are recorded. */
void latency_start(void);

/* The longest one so far; zeros: none. */
struct irqs_off latency_longest(void);
#else
static inline void latency_begin(uint64 pc)
{
  (void)pc;
}

static inline void latency_end(void)
{
}

static inline void latency_start(void)
{
}

static inline struct irqs_off latency_longest(void)
{
  return (struct irqs_off){0};
}
#endif

/* For latency_begin: about where this stands. */
static inline __attribute__((always_inline)) uint64 here(void)
{
  uint64 pc = 0;
  if (LATENCY)
    __asm__ volatile("auipc %0, 0" : "=r"(pc));
  return pc;
}

#endif
