/* The page that user tables and kernel tables map at one address, so that
 * satp can change under the running code.
 *
 * The way in (user_entry), as stvec while a user runs:
 *   1. a0 waits in sscratch while it points to TRAPFRAME
 *   2. every other register goes to the trapframe, then a0
 *   3. the kernel's sp and tp come from it
 *   4. satp changes to the private kernel table, unless it names it already,
 *      as it does where user mode runs on that table, too: then no table
 *      changes, and nothing is flushed
 *   5. on to usertrap(), which never returns here
 * The way out (user_exit) is the same backwards, for a0 = the user's satp. */

#include "arch/csr.h"
#include "offsets.h"

/* Where both are in every table, for C. */
        .section .rodata
        .balign 8
        .globl  user_entry_va, user_exit_va
user_entry_va:
        .dword  TRAMPOLINE_VA + user_entry - trampoline
user_exit_va:
        .dword  TRAMPOLINE_VA + user_exit - trampoline

/* After a change of satp: the user table's satp has an ASID if ASIDs are in
 * use, and then no entry in the TLB is taken for another table's. */
        .macro  flush_without_asid satp
        slli    \satp, \satp, 64 - SATP_ASID_SHIFT - SATP_ASID_BITS
        srli    \satp, \satp, 64 - SATP_ASID_BITS
        bnez    \satp, 1f
        sfence.vma
        .endm

        .section .trampoline, "ax"
        .balign 4096
        .globl trampoline
trampoline:

        .globl user_entry
        .balign 4
user_entry:
        csrw    sscratch, a0
        li      a0, TRAPFRAME_VA
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        sd      x\n, TF_X + 8 * (\n - 1)(a0)
        .endr
        csrr    t0, sscratch
        sd      t0, TF_A0(a0)

        ld      sp, TF_KERNEL_SP(a0)
        ld      tp, TF_HART(a0)
        ld      t0, TF_USERTRAP(a0)
        ld      t1, TF_KERNEL_SATP(a0)

        csrr    t2, satp
        beq     t1, t2, 1f
        csrw    satp, t1
        flush_without_asid t2
1:
        jr      t0

        .globl user_exit
user_exit:
        csrr    t0, satp
        beq     a0, t0, 1f
        csrw    satp, a0
        flush_without_asid a0
1:

        li      a0, TRAPFRAME_VA
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, TF_X + 8 * (\n - 1)(a0)
        .endr
        ld      a0, TF_A0(a0)
        sret
