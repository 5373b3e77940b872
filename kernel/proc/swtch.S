/* swtch(old, new): what a C function must keep goes to *old and comes from
 * *new; so it returns to where new was saved, on that stack. tp stays: it
 * belongs to the hart. RISC-V ELF psABI 1.0, Integer Register Convention. */

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
