/* The platform-level interrupt controller (RISC-V PLIC 1.0.0): it hands each
 * interrupt of a device to one of the harts that want it. */
#ifndef DEV_PLIC_H
#define DEV_PLIC_H

#include "lib/base.h"

typedef void (*irq_handler)(void);

/* Call handler() for interrupts of this source. Before plic_init_hart. */
void plic_handle(int irq, irq_handler handler);

/* Let all handled sources interrupt this hart. Once per hart. */
void plic_init_hart(void);

/* Claim and handle one pending interrupt, if there is one: another hart may
 * have claimed it. If more are pending, the hart is interrupted again.
 * Called at a supervisor external interrupt. */
void plic_interrupt(void);

#endif
