/* The first instructions in S-mode: a stack and tp for C, nothing more.
 * Paging and interrupts are off. */
#include "arch/kstack.h"
#include "offsets.h"

/* The hart that boots: a0 = its hardware id, a1 = device tree. It is harts[0].
 * Not every loader clears bss. */
.section .text.boot_entry, "ax"
.globl boot_entry
boot_entry:
  la t0, bss_start
  la t1, bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  la tp, harts
  la sp, hart_stacks
  li t0, KSTACK_BLOCK
  add sp, sp, t0
  li fp, 0
  call main_boot

/* Every other hart: a1 = its struct hart. Its stack is right above the
 * emergency stack. */
.text
.globl other_entry
other_entry:
  mv tp, a1
  ld sp, HART_EMERGENCY_SP(tp)
  li t0, KSTACK_SIZE
  add sp, sp, t0
  li fp, 0
  call main_other
