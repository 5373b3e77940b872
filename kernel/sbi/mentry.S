/* The way into M-mode, from reset and by trap, and out of it. */
#include "sbi/firmware.h"

/* Top of a hart's M-mode stack. */
.macro mstack_top reg, hartid, scratch
  la \reg, mstacks
  addi \scratch, \hartid, 1
  slli \scratch, \scratch, MSTACK_SHIFT
  add \reg, \reg, \scratch
.endm

/* Apply op to all registers of struct mframe but sp. */
.macro mframe_each op
  \op ra, 0(sp)
  \op t0, 8(sp)
  \op t1, 16(sp)
  \op t2, 24(sp)
  \op t3, 32(sp)
  \op t4, 40(sp)
  \op t5, 48(sp)
  \op t6, 56(sp)
  \op a0, MFRAME_A + 0(sp)
  \op a1, MFRAME_A + 8(sp)
  \op a2, MFRAME_A + 16(sp)
  \op a3, MFRAME_A + 24(sp)
  \op a4, MFRAME_A + 32(sp)
  \op a5, MFRAME_A + 40(sp)
  \op a6, MFRAME_A + 48(sp)
  \op a7, MFRAME_A + 56(sp)
.endm

/* Reset: every hart, a0 = its id, a1 = device tree. The linker script puts
 * this at the start of the image. Until isa_check returns, no instruction may
 * be a compressed one. */
.section .text.machine_entry, "ax"
.globl machine_entry
machine_entry:
.option push
.option norvc
  call isa_check
  csrw mie, zero
  csrw mscratch, zero
.option pop
  li t0, NCPU
  bgeu a0, t0, off
  mstack_top sp, a0, t0
  li fp, 0
  call firmware_start

off:
  wfi
  j off

.text

/* All M-mode traps. */
.globl mtrap_vector
.balign 4
mtrap_vector:
  csrrw sp, mscratch, sp
  beqz sp, own_fault
  addi sp, sp, -MFRAME_SIZE
  mframe_each sd
  csrrw t0, mscratch, zero
  sd t0, MFRAME_SP(sp)

  mv a0, sp
  call mtrap

  ld t0, MFRAME_SP(sp)
  csrw mscratch, t0
  mframe_each ld
  addi sp, sp, MFRAME_SIZE
  csrrw sp, mscratch, sp
  mret

/* The trap came from M-mode: its stack is as good as any to report it. */
own_fault:
  csrr sp, mscratch
  call mtrap_unexpected

/* enter_supervisor(hartid, opaque, entry) */
.globl enter_supervisor
enter_supervisor:
  csrw mepc, a2
  mstack_top t0, a0, t1
  csrw mscratch, t0
  mret

.bss
.balign 16
mstacks:
  .space NCPU * MSTACK_SIZE
