/* The numbers that assembly takes from C. The build compiles this file to
 * assembly and makes "offsets.h" of its marked lines; it is never linked. */
#include "arch/hart.h"
#include "kernel/memlayout.h"
#include "trap/trap.h"

#define VALUE(name, value) __asm__(".ascii \"->" #name " %0\"" : : "i"(value))
#define OFFSET(name, type, member) VALUE(name, offsetof(type, member))

static void __attribute__((used)) offsets(void)
{
  VALUE(HART_SIZE, sizeof(struct hart));
  OFFSET(HART_HARTID, struct hart, hartid);
  OFFSET(HART_EMERGENCY_SP, struct hart, emergency_sp);
  OFFSET(CONTEXT_RA, struct context, ra);
  OFFSET(CONTEXT_SP, struct context, sp);
  OFFSET(CONTEXT_S0, struct context, s[0]);

  VALUE(TRAMPOLINE_VA, TRAMPOLINE);
  VALUE(TRAPFRAME_VA, TRAPFRAME);
  OFFSET(TF_KERNEL_SATP, struct trapframe, kernel_satp);
  OFFSET(TF_KERNEL_SP, struct trapframe, kernel_sp);
  OFFSET(TF_HART, struct trapframe, hart);
  OFFSET(TF_X, struct trapframe, ra); /* x1; x2 follows, and so on */
  OFFSET(TF_A0, struct trapframe, a0);

  VALUE(KFRAME_SIZE, sizeof(struct kframe));
  OFFSET(KFRAME_X, struct kframe, x[0]);
}
