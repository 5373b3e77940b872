/* Who is at work here: this hart, and what runs on it. Part of arch/hart.h;
 * host tests have their own. */
#ifndef ARCH_CURRENT_H
#define ARCH_CURRENT_H

#include "arch/hart.h"

/* This hart. Interrupts must be off, or the caller may be moved to another
 * hart before it looks at the answer. */
static inline struct hart *this_hart(void)
{
  struct hart *hart;
  __asm__ volatile("mv %0, tp" : "=r"(hart));
  return hart;
}

/* The current process or thread: one load, so right with interrupts on, too.
 * myproc() is NULL in a kernel thread and in the scheduler. */
static inline struct proc *myproc(void)
{
  struct proc *proc;
  __asm__ volatile("ld %0, %1(tp)"
                   : "=r"(proc)
                   : "i"(offsetof(struct hart, proc)));
  return proc;
}

static inline struct thread *mythread(void)
{
  struct thread *thread;
  __asm__ volatile("ld %0, %1(tp)"
                   : "=r"(thread)
                   : "i"(offsetof(struct hart, thread)));
  return thread;
}

static inline struct aspace *myaspace(void)
{
  struct aspace *aspace;
  __asm__ volatile("ld %0, %1(tp)"
                   : "=r"(aspace)
                   : "i"(offsetof(struct hart, aspace)));
  return aspace;
}

/* The bit of sstatus that opens the window of mm/user_access.h: SUM, or 0 if
 * that is set for good. The same on all harts. */
static inline uint64 sum_bit(void)
{
  uint64 bit;
  __asm__ volatile("ld %0, %1(tp)"
                   : "=r"(bit)
                   : "i"(offsetof(struct hart, sum_bit)));
  return bit;
}

/* The address space whose copies go direct here, or NULL. */
static inline struct aspace *direct_aspace(void)
{
  struct aspace *aspace;
  __asm__ volatile("ld %0, %1(tp)"
                   : "=r"(aspace)
                   : "i"(offsetof(struct hart, direct)));
  return aspace;
}

#endif
