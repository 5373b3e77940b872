/* What a process's trapframe page holds: the user's registers while the
 * kernel runs, and what the trampoline needs to get into the kernel. The page
 * is mapped at TRAPFRAME in the user table, without PTE_U. */
#ifndef TRAP_TRAPFRAME_H
#define TRAP_TRAPFRAME_H

#include "lib/base.h"

struct hart;

struct trapframe {
  /* For the way in. The kernel writes them before it goes out. */
  uint64 kernel_satp; /* the private kernel table (global, if it has none) */
  uint64 kernel_sp;   /* top of the process's kernel stack */
  uint64 usertrap;    /* where the trampoline goes to in C */
  struct hart *hart;  /* what tp must point to */

  /* The user's own. */
  uint64 epc;
  uint64 ra, sp, gp, tp;
  uint64 t0, t1, t2;
  uint64 s0, s1;
  uint64 a0, a1, a2, a3, a4, a5, a6, a7;
  uint64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
  uint64 t3, t4, t5, t6;
};

#endif
