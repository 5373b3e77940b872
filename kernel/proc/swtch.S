/* swtch(old, new): leave one flow of C code and go on in another. To its caller
 * it is a function, so the compiler has saved the caller-saved registers on the
 * stack already. What a C function must keep goes to *old and comes from *new:
 * s0 to s11, the stack by sp, and the place by ra. The `ret` at the end
 * therefore returns from the call of swtch that saved *new, on that stack; a new
 * thread's context was made up, and returns to the function where it begins. tp
 * stays, since it belongs to the hart. So does satp: the scheduler changes it,
 * on a stack that all tables map.
 * RISC-V ELF psABI 1.0, Integer Register Convention. */

#include "offsets.h"

        .section .text
        .balign 4
        .globl  swtch
        .type   swtch, @function
swtch:
        sd      ra, CONTEXT_RA(a0)
        sd      sp, CONTEXT_SP(a0)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11
        sd      s\n, CONTEXT_S0 + 8 * \n(a0)
        .endr

        ld      ra, CONTEXT_RA(a1)
        ld      sp, CONTEXT_SP(a1)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11
        ld      s\n, CONTEXT_S0 + 8 * \n(a1)
        .endr
        ret
        .size   swtch, . - swtch
