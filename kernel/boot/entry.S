/* The first instructions in S-mode: what C needs, which is a bss of zeros, a
 * stack, and tp. Paging and interrupts are off. main.c goes on from here. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "kernel/param.h"
#include "offsets.h"

/* Every hart: a0 = its hardware id. The first one boots, a1 = device tree,
 * and starts the others here. That they come to the same place, and that a1 is
 * nothing to them, is for OpenSBI: up to 1.1 it may find a start request before
 * the request's address and argument are filled in. Then the hart comes here
 * with those of the first. */
        .section .text.boot_entry, "ax"
        .globl  boot_entry
boot_entry:
        /* What firmware may have left on. Floating-point and vector registers
         * are not saved when processes change, so to touch them is to fault. */
        li      t0, SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS | SSTATUS_VS
        csrc    sstatus, t0

        /* Any hart may be the first, and they may come at once. */
        la      t0, boot_hart_chosen
        li      t1, 1
        amoswap.w.aqrl t0, t1, (t0)
        bnez    t0, other_hart

        /* Not every loader clears bss. */
        la      t0, bss_start
        la      t1, bss_end
clear_bss:
        bgeu    t0, t1, bss_is_clear
        sd      zero, 0(t0)
        addi    t0, t0, 8
        j       clear_bss
bss_is_clear:
        /* The boot hart is harts[0]. fp is 0, where a backtrace ends. */
        la      tp, harts
        la      sp, hart_stacks
        li      t0, KSTACK_BLOCK
        add     sp, sp, t0
        li      fp, 0
        call    main_boot

/* The hart's record is the one with its id. A hart without a record was not
 * started by the kernel, and waits for ever. The stack is right above the
 * emergency stack. */
other_hart:
        la      tp, harts
        li      t0, NCPU
next_record:
        ld      t1, HART_HARTID(tp)
        beq     t1, a0, found
        addi    tp, tp, HART_SIZE
        addi    t0, t0, -1
        bnez    t0, next_record
not_called:
        wfi
        j       not_called
found:
        ld      sp, HART_EMERGENCY_SP(tp)
        li      t0, KSTACK_SIZE
        add     sp, sp, t0
        li      fp, 0
        call    main_other

/* 1 once a hart boots. Not in bss, which that hart clears. */
        .data
        .balign 4
boot_hart_chosen:
        .word   0
