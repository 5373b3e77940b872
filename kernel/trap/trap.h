/* Traps into S-mode: from user mode by trampoline.S, and from the kernel itself
 * by kernelvec.S; both go on in trap.c. Interrupts are off while a trap is
 * decoded; system calls and page faults of user mode run with them on. */
#ifndef TRAP_TRAP_H
#define TRAP_TRAP_H

#include "arch/hart.h"
#include "lib/base.h"

/* What a process's trapframe page holds: the user's registers while the
 * kernel runs, and what the trampoline needs to get into the kernel. The page
 * is mapped at TRAPFRAME in both tables of the process, without PTE_U. */
struct trapframe {
  /* For the way in. The kernel writes them before it goes out. */
  uint64 kernel_satp; /* the private kernel table */
  uint64 kernel_sp;   /* top of the process's kernel stack */
  struct hart *hart;  /* what tp must point to */

  /* The user's own: the pc, then x1 to x31. */
  uint64 epc;
  uint64 ra, sp, gp, tp;
  uint64 t0, t1, t2;
  uint64 s0, s1;
  uint64 a0, a1, a2, a3, a4, a5, a6, a7;
  uint64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
  uint64 t3, t4, t5, t6;
};

enum access {
  ACCESS_READ,
  ACCESS_WRITE,
  ACCESS_EXECUTE,
};

/* Let traps of this hart come to the kernel, and enable its interrupt sources.
 * Once per hart, and again after trap_leave_sum_set. */
void trap_init_hart(void);

/* Leave SUM set for good if asked, or if to change it takes so long here that a
 * direct copy would be slower than a walking one. Says so, and why. Never in a
 * debug build. Once, after clock_init. */
void trap_leave_sum_set(bool asked);

/* Leave the kernel for the process on this hart. */
void return_to_user(void) __attribute__((noreturn));

/* The rest is supplied by higher layers.
 *
 * sys/syscall.c: make the system call that the process's trapframe describes.
 * Interrupts are on. */
void syscall(void);

/* mm/aspace_fault.c: make the access to va possible in the address space that
 * runs here. 0: done, retry; -1: it is not allowed; or OUT_OF_MEMORY. Never
 * sleeps. Interrupts are as they were at the access: if off, this is short. */
#define OUT_OF_MEMORY -2
int page_fault(uint64 va, enum access access);

/* mm/aspace_switch.c: last step before each return to user mode, interrupts
 * off: flushes that this hart owes the address space, and in debug builds the
 * checker. The satp that user mode is to run on. */
uint64 address_space_entering_user(void);

/* proc/sched.c: at the end of each interrupt. If a thread waits while a hart is
 * idle, that hart is notified when it is time to; else, if the time slice is
 * over, the interrupted thread may give up its own hart. */
void interrupt_handled(bool slice_over);

/* proc/sleep.c: wake the threads whose deadline has come. Interrupts off. */
void timer_queue_wake(uint64 now);

/* proc/fork.c: mark the process killed after an exception, and say so on the
 * console, with the cause in words. */
void process_faulted(const char *cause, uint64 sepc, uint64 stval);

/* proc/fork.c: end the process if it was killed, and let it sleep while its
 * tables are looked at. Called with interrupts on and nothing held, before each
 * return to user mode. */
void exit_if_killed(void);

#endif
