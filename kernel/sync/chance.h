/* Changes of process at random: in a debug build that is booted with the word
 * yield=SEED, a thread gives its hart up now and then wherever the clock might
 * make it do so. What can go wrong between two steps then does so soon. */
#ifndef SYNC_CHANCE_H
#define SYNC_CHANCE_H

#include "lib/base.h"

/* Begin, with this seed. Once, at boot. Debug builds only. */
void chance_start(uint64 seed);

/* How often a thread has given way so. Debug builds only. */
uint64 chance_yields(void);

/* Debug builds only; chance_yield is what others call. */
void chance_yield_now(void);

/* A place to give way: in a thread, interrupts on, no spinlock held. */
static inline void chance_yield(void)
{
  if (DEBUG)
    chance_yield_now();
}

#endif
