/* Whether this hart has what C code is made of. A hart that lacks some would
 * stop later without a word. So it is looked for here: 64-bit registers, Zicsr,
 * the extensions that misa knows; firmware.c looks for the rest. If something
 * is missing, its name is printed and the machine ends. For that this file uses
 * only what every RISC-V hart has: the instructions of RV32E (32 bits, x0 to
 * x15), and none of the compressed ones.
 *
 * While something is looked for, a2 is its name: isa_refuse prints it. */
#include "arch/mmio.h"
#include "sbi/firmware.h"

#define LETTER 10 /* where it stands in "extension X" */

        /* The register gets the address of the text, which is in quotes. */
        .macro  string register, text:vararg
        .pushsection .rodata
.Lstring\@:
        .asciz  \text
        .popsection
        la      \register, .Lstring\@
        .endm

        .text
        .option norvc

/* From machine_entry. Returns only if the hart will do, a0 and a1 unchanged. */
        .globl  isa_check
isa_check:
        string  a2, "64-bit registers\n"
        li      t0, 1
        slli    t0, t0, 31 /* this is KERNBASE, too */
        add     t1, t0, t0 /* 0 where registers have 32 bits */
        beqz    t1, isa_refuse

/* Without Zicsr there are no CSRs, and no trap can be caught. So the device
 * tree is searched for the word, if there is one in RAM. A tree that has no
 * harts, or no list of their extensions, does not know: such lists are younger
 * than the name. Then Zicsr is taken to be there. */
        bltu    a1, t0, look_at_misa
        string  a3, "zicsr"
        jal     t0, find
        beqz    t1, look_at_misa
        string  a3, "rv64"
        jal     t0, find
        bnez    t1, look_at_misa
        string  a3, "riscv,isa-extensions"
        jal     t0, find
        string  a2, "extension Zicsr\n"
        beqz    t1, isa_refuse

/* misa has a bit for each letter. A misa of 0 tells nothing. */
look_at_misa:
        csrr    t0, misa
        beqz    t0, hart_will_do
        .irp    letter, I, M, A, C, S, U
        string  a2, "extension \letter\n"
        lbu     t1, LETTER(a2)
        addi    t1, t1, -'A'
        srl     t1, t0, t1
        andi    t1, t1, 1
        beqz    t1, isa_refuse
        .endr
hart_will_do:
        ret

/* t1 = 0 if the device tree at a1 holds the text at a3; t0 = where to return.
 * Bytes 4 to 7 of the tree are its size, big-endian; byte 4 is 0. */
find:
        lbu     t1, 5(a1)
        slli    t1, t1, 8
        lbu     t2, 6(a1)
        add     t1, t1, t2
        slli    t1, t1, 8
        lbu     t2, 7(a1)
        add     t1, t1, t2
        add     a5, a1, t1
        mv      a4, a1
find_at_a4:
        mv      s0, a3
        mv      s1, a4
1:
        lbu     t1, 0(s0)
        beqz    t1, 2f
        lbu     t2, 0(s1)
        addi    s0, s0, 1
        addi    s1, s1, 1
        beq     t1, t2, 1b
        addi    a4, a4, 1
        bltu    a4, a5, find_at_a4
2:
        jr      t0

/* isa_lacks(what), from C. */
        .globl  isa_lacks
isa_lacks:
        mv      a2, a0

/* One hart speaks for all: QEMU's are alike. They may lack the atomic
 * instructions, and mhartid, by which one could be chosen. But the port says
 * only once that it can transmit (reading IIR takes that back), and again only
 * after a first character; that comes after the flag is set. */
isa_refuse:
        li      a4, UART0
        li      t1, NS16550_IER_TRANSMIT
        sb      t1, NS16550_IER(a4)
        lbu     t1, NS16550_IIR(a4)
        li      t2, NS16550_IIR_TRANSMIT
        bne     t1, t2, halt
        la      a5, speaking
        lbu     t1, 0(a5)
        bnez    t1, halt
        sb      t2, 0(a5)
        fence
        string  a3, "\nxv6 cannot run on this machine: its harts lack "
        jal     t0, put_text
        mv      a3, a2
        jal     t0, put_text
        li      t1, FINISHER
        la      t2, end
        lw      t2, 0(t2)
        sw      t2, 0(t1)
halt:
        wfi
        j       halt

/* Put the text at a3 on the port at a4; t0 = where to return. */
put_text:
        lbu     t2, NS16550_LSR(a4)
        andi    t2, t2, NS16550_LSR_ROOM
        beqz    t2, put_text
        lbu     t2, 0(a3)
        beqz    t2, 1f
        sb      t2, NS16550_THR(a4)
        addi    a3, a3, 1
        j       put_text
1:
        jr      t0

/* From memory, for li would make it by an instruction of RV64, and a
 * big-endian hart gets and puts its bytes in one order. */
        .section .rodata
        .balign 4
end:
        .word   STATUS_REFUSED << FINISHER_STATUS_SHIFT | FINISHER_FAIL

/* Not 0 once a hart says why. */
        .data
speaking:
        .byte   0
