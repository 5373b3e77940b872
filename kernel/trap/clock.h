/* Time: the machine's time register, the tick of user programs, and each
 * hart's next timer interrupt. */
#ifndef TRAP_CLOCK_H
#define TRAP_CLOCK_H

#include "lib/base.h"

#define TICK_MS 100 /* a tick of pause() and uptime() */
#define SLICE_MS 10 /* a hart that runs has a timer interrupt as often */

/* Learn the timebase (time register units in a second). Once, at boot. */
void clock_init(uint64 timebase);

/* Find out how to set this hart's timer, and arm it. Interrupts off. */
void clock_init_hart(void);

/* A time slice begins, at whose end this hart has a timer interrupt; or it has
 * none until one begins. Interrupts off. */
void clock_begin_slice(void);
void clock_stop(void);

/* A timer interrupt has come to this hart: arm the next one, at the end of the
 * time slice. True: that was its end, and another has begun. */
bool clock_interrupt(void);

/* Have a timer interrupt at deadline, if none comes earlier. Interrupts off. */
void clock_arm(uint64 deadline);

/* The time register; ticks since boot. */
uint64 clock_now(void);
uint64 clock_ticks(void);

/* This long, in units of the time register. */
uint64 clock_from_us(uint64 microseconds);
#define clock_from_ms(milliseconds) clock_from_us((milliseconds)*1000UL)

#endif
