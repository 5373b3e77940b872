/* The platform-level interrupt controller (RISC-V PLIC 1.0.0). */
#ifndef DEV_PLIC_H
#define DEV_PLIC_H

#include "lib/base.h"

typedef void (*irq_handler)(int irq);

/* Give every source that has a handler priority 1. Once. */
void plic_init(void);

/* Route all handled sources to this hart's S-mode context. Once per hart. */
void plic_init_hart(void);

/* Call handler(irq) for interrupts of this source. Before plic_init. */
void plic_handle(int irq, irq_handler handler);

/* Claim and handle pending interrupts of this hart until none is left.
 * Called at a supervisor external interrupt. */
void plic_interrupt(void);

#endif
