/* The records of all harts. */
#include "arch/hart.h"

struct hart harts[NCPU];
int nharts;

uint64 harts_ipis(void)
{
  uint64 sum = 0;

  for (int i = 0; i < nharts; i++)
    sum += __atomic_load_n(&harts[i].ipis, __ATOMIC_RELAXED);
  return sum;
}
