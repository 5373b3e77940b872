#include "sync/chance.h"
#include "arch/hart.h"
#include "sync/wait.h"

#define ONE_IN 8 /* of so many places, a thread gives way at one */

static bool started;
static uint64 state;
static uint64 yields;

void chance_start(uint64 seed)
{
  state = seed;
  started = true;
}

uint64 chance_yields(void)
{
  return __atomic_load_n(&yields, __ATOMIC_RELAXED);
}

/* A Weyl sequence, which harts may step at the same time, and a mixing of its
 * bits: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators
 * (SplitMix). */
static uint64 draw(void)
{
  const uint64 step = 0x9E3779B97F4A7C15;
  uint64 z = __atomic_add_fetch(&state, step, __ATOMIC_RELAXED);

  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

/* Giving way ends with interrupts turned on again, which is such a place
 * itself: so it may happen several times over, but ever less likely. */
void chance_yield_now(void)
{
  if (!started || mythread() == NULL || draw() % ONE_IN != 0)
    return;
  __atomic_fetch_add(&yields, 1, __ATOMIC_RELAXED);
  yield();
}
