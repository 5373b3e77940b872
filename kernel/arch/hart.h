/* What each hart keeps for itself. tp points to it while the kernel runs.
 * Only the hart itself changes its fields, unless one says otherwise. */
#ifndef ARCH_HART_H
#define ARCH_HART_H

#include "lib/base.h"
#include "kernel/param.h"
#include "sync/lock_class.h"

struct thread;
struct proc;
struct trapframe;
struct aspace;

#define COPY_COUNTERS 6 /* as many as mm/copy.h has */

/* What swtch saves: the callee-saved registers of the RISC-V calling
 * convention. swtch.S takes the order from here. */
struct context {
  uint64 ra;
  uint64 sp;
  uint64 s[12];
};

struct hart {
  int index;               /* 0 .. nharts - 1, as in harts[] */
  uint64 hartid;           /* the hardware's number: SBI and PLIC use it */
  struct thread *thread;   /* what runs here; NULL in the scheduler */
  struct proc *proc;       /* its process; NULL for a kernel thread */
  struct trapframe *frame; /* its trapframe; valid while proc is */
  struct aspace *aspace;   /* its address space; valid while proc is */
  struct aspace *direct;   /* the same if copies for it go direct, else NULL;
                              others may clear it */
  uint64 copies[COPY_COUNTERS]; /* calls; others may look */
  uint64 asids;                 /* that it has; 0: it has not started */
  uint64 sum_bit;               /* of sstatus: SUM, or 0 if that stays set */
  uint64 satp_writes;           /* others may look, too */
  uint64 tlb_flushes;           /* by sfence.vma; the same */
  struct context scheduler;     /* where swtch goes to leave a thread */
  int irq_depth;                /* irq_push calls not undone */
  uint64 irq_were_on;           /* SSTATUS_SIE before the outermost irq_push */
  uint64 emergency_sp;          /* top of the stack for a stack overflow */
  uint64 notify_at;             /* see proc/runqueue.h; 0: never */
  uint doublings;               /* of how long it waits before it tells */
  uint64 ipis;                  /* sent by it; others may look */
  struct lock_count lock_count[LOCK_CLASSES]; /* others may look */
};

extern struct hart harts[NCPU];
extern int nharts; /* set at boot, before any second hart runs */

/* The IPIs that all have sent. */
uint64 harts_ipis(void);

#include "arch/current.h"

#endif
