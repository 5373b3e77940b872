/* The way from user mode into the kernel and back: the one page of kernel text
 * that every table maps, at TRAMPOLINE, so that satp can change under the
 * running code. The mapping is global (PTE_G): it is the same in all tables, so
 * one TLB entry serves every ASID, and no other mapping is the same in all. It
 * has no PTE_U: user mode cannot jump to it. Read RISC-V Privileged 1.12,
 * Supervisor Trap Handling, and struct trapframe in trap.h before; trap.c goes
 * on from here. */

#include "arch/csr.h"
#include "offsets.h"

/* Where both ways are in every table, for C. */
        .section .rodata
        .balign 8
        .globl  user_entry_va, user_exit_va
user_entry_va:
        .dword  TRAMPOLINE_VA + user_entry - trampoline
user_exit_va:
        .dword  TRAMPOLINE_VA + user_exit - trampoline

/* Run on the table of the satp \wanted. \current is given the present one;
 * \user is the one of the two that is the user's, and is destroyed.
 *
 * Most often they are the same word: a process whose break is not above
 * USER_VA_STOP runs on its private table in user mode, too, unless two tables
 * are asked for. Then no table changes and nothing needs a fence. The kernel
 * may go on with the TLB entries of the user, and the user with the kernel's:
 * the table is the same, and what PTE_U allows to the one it forbids to the
 * other (to the kernel, while SUM is clear).
 *
 * If they differ and ASIDs are in use, the user's word has one, and no fence is
 * needed either: no entry in the TLB is taken for another table's, and what was
 * taken out of a table was fenced where that was done, or is fenced before satp
 * names it again (mm/, clean sets). Without ASIDs both tables share ASID 0, and
 * all entries of the old one have to go. */
        .macro  change_table wanted, current, user
        csrr    \current, satp
        beq     \wanted, \current, .Ldone\@
        csrw    satp, \wanted
        slli    \user, \user, 64 - SATP_ASID_SHIFT - SATP_ASID_BITS
        srli    \user, \user, 64 - SATP_ASID_BITS
        bnez    \user, .Ldone\@
        sfence.vma
.Ldone\@:
        .endm

        .section .trampoline, "ax"
        .balign 4096
        .globl trampoline
trampoline:

/* The way in, as stvec while a user runs. The hart has put the user's pc into
 * sepc, turned interrupts off and is in S-mode; all else is the user's: the
 * table, and 31 registers, none of which may be lost. */
        .globl user_entry
        .balign 4
user_entry:
        /* To save registers takes one that holds an address. Only S-mode can
         * see sscratch, so a0 waits there. Every process has its trapframe at
         * the same address, so nothing else has to be kept for the way in. */
        csrw    sscratch, a0
        li      a0, TRAPFRAME_VA

        /* x1 to x31 in their order, and a0 (x10) last: only then is there a
         * register for it to pass through. */
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, TF_X + 8 * (\n - 1)(a0)
        .endr
        csrr    t0, sscratch
        sd      t0, TF_A0(a0)

        /* What the kernel needs: its stack, its hart, its table. They are read
         * before the table changes, since the global table has no TRAPFRAME: a
         * process runs on it while the exercise that makes the private table
         * is not solved (conf/unsolved.c). */
        ld      sp, TF_KERNEL_SP(a0)
        ld      tp, TF_HART(a0)
        ld      t1, TF_KERNEL_SATP(a0)
        change_table t1, t2, t2
        ld      t0, usertrap_address
        jr      t0 /* usertrap() does not return here */

        .balign 8
usertrap_address: /* it is too far from TRAMPOLINE for a jump by offset */
        .dword  usertrap

/* The way out: user_exit(the user's satp), from return_to_user(). Interrupts
 * are off, since stvec is user_entry already: a trap of the kernel would save
 * the kernel's registers as the user's. sepc and sstatus are set for sret. */
        .globl user_exit
user_exit:
        change_table a0, t0, a0
        li      a0, TRAPFRAME_VA
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, TF_X + 8 * (\n - 1)(a0)
        .endr
        ld      a0, TF_A0(a0)
        sret
