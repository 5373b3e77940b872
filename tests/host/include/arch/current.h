/* The host is hart 0; what runs on it is what a test puts there. */
#ifndef ARCH_CURRENT_H
#define ARCH_CURRENT_H

#include "arch/hart.h"

static inline struct hart *this_hart(void)
{
  return &harts[0];
}

static inline struct proc *myproc(void)
{
  return harts[0].proc;
}

static inline struct thread *mythread(void)
{
  return harts[0].thread;
}

static inline struct aspace *myaspace(void)
{
  return harts[0].aspace;
}

static inline uint64 sum_bit(void)
{
  return harts[0].sum_bit;
}

static inline struct aspace *direct_aspace(void)
{
  return harts[0].direct;
}

#endif
