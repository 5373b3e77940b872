/* The ways into M-mode: from reset, and by trap. Each hart has a small stack
 * there. While the hart is in a lower mode, mscratch holds where the stack is
 * free; while it is in M-mode, mscratch is 0, by which a fault of the firmware
 * itself is told from other traps. firmware.c goes on from here. */
#include "sbi/firmware.h"

#define MSTACK_SHIFT 11
#define MSTACK_SIZE (1 << MSTACK_SHIFT)

/* A frame has room for x0 to x31, and is filled with what a C function may
 * change: ra, t0 to t2, a0 to a7, t3 to t6; and sp. */
#define MFRAME_SIZE (32 * 8)
#define MFRAME_SP (2 * 8)
        .macro  mframe_each op
        .irp    n, 1,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31
        \op     x\n, 8 * \n(sp)
        .endr
        .endm

/* Reset: every hart, a0 = its id, a1 = device tree. The linker script puts this
 * first. Until isa_check returns, no instruction may be compressed. */
        .section .text.machine_entry, "ax"
        .globl  machine_entry
machine_entry:
        .option push
        .option norvc
        call    isa_check
        /* Data is little-endian, and no trap counts as one inside another (MDT
         * of Smdbltrp, which a reset sets). */
        csrw    mstatus, zero
        csrw    mie, zero
        csrw    mscratch, zero
        .option pop

        /* The kernel has no place for harts with higher ids. The stack of hart
         * i ends at mstacks + (i + 1) * MSTACK_SIZE. Backtraces end at fp 0. */
        li      t0, NCPU
        bgeu    a0, t0, off
        la      sp, mstacks
        addi    t0, a0, 1
        slli    t0, t0, MSTACK_SHIFT
        add     sp, sp, t0
        li      fp, 0
        call    firmware_start

off:
        wfi
        j       off

/* Every trap into M-mode. */
        .text
        .globl  mtrap_vector
        .balign 4
mtrap_vector:
        csrrw   sp, mscratch, sp
        beqz    sp, own_fault
        addi    sp, sp, -MFRAME_SIZE
        mframe_each sd

        /* The interrupted sp goes to the frame, 0 to mscratch. */
        csrrw   t0, mscratch, zero
        sd      t0, MFRAME_SP(sp)
        mv      a0, sp
        call    mtrap

        /* Back in reverse: mscratch gets that sp, and exchanges it in the end
         * for the one that is M-mode's. */
        ld      t0, MFRAME_SP(sp)
        csrw    mscratch, t0
        mframe_each ld
        addi    sp, sp, MFRAME_SIZE
        csrrw   sp, mscratch, sp
        mret

/* The trap came from M-mode: its stack is as good as any to report it. */
own_fault:
        csrr    sp, mscratch
        call    mtrap_unexpected

        .bss
        .balign 16
mstacks:
        .space  NCPU * MSTACK_SIZE
