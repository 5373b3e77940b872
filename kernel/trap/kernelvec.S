/* Traps while the kernel runs; stvec points here then. They come by interrupts,
 * by a copy routine that touches a user page, or by a bug. The registers go to a
 * struct kframe on the stack that is in use; C code may change them all but for
 * the callee-saved ones, yet all are saved, for a panic shows them. */

#include "arch/hart.h"
#include "offsets.h"

        .text
        .globl kernelvec
        .balign 4
kernelvec:
        /* Is there room below sp? A stack is the upper half of its block
         * (arch/hart.h), so where the frame would begin in the lower half,
         * bit KSTACK_SHIFT is clear; shifted to the sign it can be tested. One
         * register is needed for that: sscratch is free, since only this code
         * and the trampoline use it, with interrupts off. */
        csrw    sscratch, t0
        addi    t0, sp, -KFRAME_SIZE
        slli    t0, t0, 63 - KSTACK_SHIFT
        bgez    t0, overflow
        addi    t0, sp, -KFRAME_SIZE
save:
        /* t0 is the frame. sp (x2) first, then every other register. */
        sd      sp, KFRAME_X + 8 * 2(t0)
        mv      sp, t0
        csrr    t0, sscratch
        .irp    n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, KFRAME_X + 8 * \n(sp)
        .endr

        mv      a0, sp
        call    kerneltrap

        /* All come back but tp (x4): if the thread gave up the hart meanwhile,
         * it may be on another one now. sp is last: the frame hangs on it. */
        .irp    n, 1,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, KFRAME_X + 8 * \n(sp)
        .endr
        ld      sp, KFRAME_X + 8 * 2(sp)
        sret

overflow: /* kerneltrap() finds it out, too, and panics */
        ld      t0, HART_EMERGENCY_SP(tp)
        addi    t0, t0, -KFRAME_SIZE
        j       save
