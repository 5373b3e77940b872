/* Time: the machine's time register, the tick of user programs, and each
 * hart's next timer interrupt. */
#ifndef TRAP_CLOCK_H
#define TRAP_CLOCK_H

#include "lib/base.h"

#define TICKS_PER_SECOND 10   /* a tick of pause() and uptime() */
#define SLICES_PER_SECOND 100 /* timer interrupts of a hart that runs */

/* Learn the timebase (time register units in a second). Once, at boot. */
void clock_init(uint64 timebase);

/* Find out how this hart's timer is set and arm its first interrupt.
 * Interrupts off. */
void clock_init_hart(void);

/* A timer interrupt has come to this hart: arm the next one, at the end of the
 * time slice. True: that was its end, and another has begun. */
bool clock_interrupt(void);

/* Have this hart's next timer interrupt at deadline, if that is earlier.
 * Interrupts off. */
void clock_arm(uint64 deadline);

/* The time register; ticks since boot. */
uint64 clock_now(void);
uint64 clock_ticks(void);

/* This long, in units of the time register. */
uint64 clock_from_ticks(uint64 ticks);
uint64 clock_from_ms(uint64 milliseconds);
uint64 clock_from_us(uint64 microseconds);

#endif
