/* The instructions that touch user memory, and the window in which they may.
 * RISC-V Privileged 1.12, Memory Privilege in sstatus Register. */
#ifndef MM_USER_ACCESS_H
#define MM_USER_ACCESS_H

#include "arch/csr.h"
#include "arch/hart.h"
#include "trap/extable.h"

/* S-mode may touch user pages between these two, which stand in one routine
 * with no sleep between. Where SUM is set for good, they change nothing. */
static inline void user_access_begin(void)
{
  csr_set(sstatus, sum_bit());
}

static inline void user_access_end(void)
{
  csr_clear(sstatus, sum_bit());
}

/* Load value from user address va + offset by this instruction (ld: a word,
 * aligned; lbu: a byte), or store it (sd, sb); offset is a constant. If that
 * faults and cannot be resolved, go on at the function's label on_fault, with
 * the window still open. */
#define USER_LOAD(instruction, value, va, offset)                              \
  __asm__ goto(MAY_FAULT(instruction " %0, %2(%1)")                            \
               : "=r"(value)                                                   \
               : "r"(va), "i"(offset)                                          \
               : "memory"                                                      \
               : on_fault)

#define USER_STORE(instruction, value, va, offset)                             \
  __asm__ goto(MAY_FAULT(instruction " %0, %2(%1)")                            \
               :                                                               \
               : "r"(value), "r"(va), "i"(offset)                              \
               : "memory"                                                      \
               : on_fault)

#endif
