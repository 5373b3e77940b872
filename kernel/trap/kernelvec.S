/* Traps while the kernel runs.
 *   1. find room for a struct kframe below sp; if that is in the stack's
 *      lower half (one bit tells: arch/hart.h), the stack has overflowed,
 *      and the frame goes to the hart's emergency stack
 *   2. save every register, and let kerneltrap() do the rest
 *   3. take them back, but tp: the thread may be on another hart now */

#include "arch/hart.h"
#include "offsets.h"

        .text
        .globl kernelvec
        .balign 4
kernelvec:
        csrw    sscratch, t0
        addi    t0, sp, -KFRAME_SIZE
        slli    t0, t0, 63 - KSTACK_SHIFT
        bgez    t0, overflow
        addi    t0, sp, -KFRAME_SIZE
save:
        sd      sp, KFRAME_X + 8 * 2(t0)
        mv      sp, t0
        csrr    t0, sscratch
        .irp    n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, KFRAME_X + 8 * \n(sp)
        .endr

        mv      a0, sp
        call    kerneltrap

        .irp    n, 1,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, KFRAME_X + 8 * \n(sp)
        .endr
        ld      sp, KFRAME_X + 8 * 2(sp)
        sret

overflow:
        ld      t0, HART_EMERGENCY_SP(tp)
        addi    t0, t0, -KFRAME_SIZE
        j       save
