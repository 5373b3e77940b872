/* Whether this hart has the instructions that all else is made of. One that
 * lacks some could say nothing later; so this is made of the base alone. */
#include "arch/finisher.h"
#include "arch/ns16550.h"
#include "kernel/memlayout.h"

.text
.option norvc
.balign 4

/* At reset. Returns with a0 and a1 unchanged if the hart will do, else not.
 * A misa of 0 tells nothing. */
.globl isa_check
isa_check:
  la a2, letters
  la a3, zifencei
  csrr t0, misa
  beqz t0, try_fence_i
next_letter:
  lbu t1, 0(a2)
  addi t1, t1, -'A'
  srl t1, t0, t1
  andi t1, t1, 1
  beqz t1, isa_refuse
  addi a2, a2, 2
  bne a2, a3, next_letter

/* It has no letter: where it is missing, it traps. */
try_fence_i:
  mv a2, a3
  la t0, isa_refuse
  csrw mtvec, t0
  fence.i
  ret

/* a2 = the name of what is missing. One hart speaks for all: QEMU's are
 * alike. mtvec may point here: four bytes are its alignment. */
isa_refuse:
  bnez a0, halt
  la a3, message
  jal t0, put_text
  mv a3, a2
  jal t0, put_text
  la a3, message_end
  jal t0, put_text
  li t1, FINISHER
  li t2, STATUS_REFUSED << FINISHER_STATUS_SHIFT | FINISHER_FAIL
  sw t2, 0(t1)
halt:
  wfi
  j halt

/* Put the text at a3 on the console; t0 = where to return. */
put_text:
  li t1, UART0
wait_for_room:
  lbu t2, NS16550_LSR(t1)
  andi t2, t2, NS16550_LSR_ROOM
  beqz t2, wait_for_room
  lbu t2, 0(a3)
  beqz t2, 1f
  sb t2, NS16550_THR(t1)
  addi a3, a3, 1
  j wait_for_room
1:
  jr t0

.section .rodata

/* Letters of misa that must be there: a name of one letter each. */
letters:
  .asciz "I"
  .asciz "M"
  .asciz "A"
  .asciz "C"
  .asciz "S"
  .asciz "U"
zifencei:
  .asciz "Zifencei"
message:
  .asciz "\nxv6 cannot run on this machine: its harts lack extension "
message_end:
  .asciz "\n"
