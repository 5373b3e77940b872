/* The page that user tables and kernel tables map at one address, so that
 * satp can change under the running code.
 *
 * The way in (user_entry), as stvec while a user runs:
 *   1. a0 waits in sscratch while it points to TRAPFRAME
 *   2. every other register goes to the trapframe, then a0
 *   3. the kernel's sp and tp come from it
 *   4. satp changes to the private kernel table
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

        csrw    satp, t1
        sfence.vma
        jr      t0

        .globl user_exit
user_exit:
        csrw    satp, a0
        sfence.vma

        li      a0, TRAPFRAME_VA
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      x\n, TF_X + 8 * (\n - 1)(a0)
        .endr
        ld      a0, TF_A0(a0)
        sret
