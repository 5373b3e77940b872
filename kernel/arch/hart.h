/* What each hart keeps for itself, the registers that a switch and a trap
 * save, and the shape of a kernel stack. tp points to the hart's record while
 * the kernel runs.
 *
 * A hart alone writes its record, with interrupts off and without a lock, but
 * for what boot fills in before it starts, and two of the counters. Others read
 * the counters without a lock, too, since each is one word. */
#ifndef ARCH_HART_H
#define ARCH_HART_H

/* Every kernel stack, the harts' own included, is the upper half of a block
 * that is aligned to its size. So one bit of sp tells a stack that has
 * overflowed, and rounding sp up gives the stack's top. Below a thread's stack
 * is a hole; below a hart's is its emergency stack. */
#define KSTACK_SHIFT 13
#define KSTACK_SIZE (1 << KSTACK_SHIFT)
#define KSTACK_BLOCK (2 * KSTACK_SIZE)

#ifndef __ASSEMBLER__
#include "lib/base.h"
#include "kernel/param.h"
#include "sync/lock_class.h"

struct proc;
struct trapframe;
struct aspace;

/* What swtch saves: the callee-saved registers. */
struct context {
  uint64 ra;
  uint64 sp;
  uint64 s[12];
};

/* What kernelvec saves on the kernel stack at an S-mode trap, but for x[0]. */
struct kframe {
  uint64 x[32];
  uint64 sepc;
  uint64 sstatus;
  uint64 scause;
  uint64 stval;
};

/* The copies that are counted (mm/copy.h): direct, and by walking. */
enum copy_counter {
  COUNT_COPYIN,
  COUNT_COPYINSTR,
  COUNT_COPYOUT,
  COUNT_COPYIN_WALK,
  COUNT_COPYINSTR_WALK,
  COUNT_COPYOUT_WALK,
  NCOPY_COUNTER,
};

/* Harts share memory by lines: what one writes often has lines of its own. */
#define CACHE_LINE 64

struct hart {
  int index;                /* 0 .. nharts - 1, as in harts[] */
  uint64 hartid;            /* the hardware's number: SBI and PLIC use it */
  struct proc *proc;        /* what runs here; NULL in the scheduler */
  struct aspace *aspace;    /* its address space; NULL if it has none */
  struct trapframe *frame;  /* and its trapframe, the same */
  struct context scheduler; /* where swtch goes to leave a process */

  /* See irq_push and irq_pop in sync/spinlock.h. */
  int irq_depth;      /* irq_push calls not undone */
  uint64 irq_were_on; /* SSTATUS_SIE before the outermost irq_push */

  /* Found out at boot. */
  uint64 asids;        /* how many it has; 0: it has not started */
  uint64 sum_bit;      /* SSTATUS_SUM, or 0 if that stays set */
  uint64 emergency_sp; /* top of the stack for a report of an overflow */

  /* When it notifies an idle hart of a thread that waits: proc/sched.h. */
  uint64 notify_at; /* 0: never */
  uint doublings;   /* of the time that it waits before that */

  /* Counters. A thread that counts a copy or a sleep lock may have interrupts
   * on, and so move to another hart before it adds: atomics add to these. */
  uint64 satp_writes;
  uint64 tlb_flushes; /* by sfence.vma */
  uint64 ipis;        /* that it sent */
  uint64 copies[NCOPY_COUNTER];
  struct lock_count lock_count[LOCK_CLASSES];
} __attribute__((aligned(CACHE_LINE)));

extern struct hart harts[NCPU];
extern int nharts; /* set at boot, before any second hart runs */

/* What a counter of each hart, a uint64, adds up to. */
#define HARTS_SUM(counter) harts_sum(offsetof(struct hart, counter))
uint64 harts_sum(uint64 offset);

/* this_hart() is this hart. Interrupts must be off, or the thread may be moved
 * to another one before it looks at the answer. HART_FIELD(member) is one load
 * from its record, so right with interrupts on, too. */
#ifdef HOST
#define this_hart() (&harts[0])
#define HART_FIELD(member) (harts[0].member)
#else
static inline struct hart *this_hart(void)
{
  struct hart *hart;
  __asm__ volatile("mv %0, tp" : "=r"(hart));
  return hart;
}
#define HART_FIELD(member)                                                     \
  ({                                                                           \
    __typeof__(((struct hart *)0)->member) field_;                             \
    __asm__ volatile("ld %0, %1(tp)"                                           \
                     : "=r"(field_)                                            \
                     : "i"(offsetof(struct hart, member)));                    \
    field_;                                                                    \
  })
#endif

/* The current process, NULL in the scheduler, and its address space, NULL also
 * in the kernel thread and in exit. */
#define myproc() HART_FIELD(proc)
#define myaspace() HART_FIELD(aspace)

/* The bit of sstatus by which user access begins and ends (mm/user_access.h):
 * SUM, or 0 if that is set for good. The same on all harts. */
#define sum_bit() HART_FIELD(sum_bit)

#endif /* __ASSEMBLER__ */

#endif
