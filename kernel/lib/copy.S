/* Copies of any length and alignment, in the kernel and between it and users:
 *
 *   void *memcpy(void *dst, const void *src, uint64 nbytes);
 *   int user_copy_in_any(void *dst, uint64 srcva, uint64 nbytes);
 *   int user_copy_out(uint64 dstva, const void *src, uint64 nbytes);
 *
 * The first returns dst. It is right also where dst is below src and they
 * overlap: nothing is written that is still to be read. The others return 0, or
 * -1 if a page of the user's cannot be had; lib/ lends them to
 * mm/user_access.h, which says when they may be called.
 *
 * All are the same steps. In the last two either the loads or the stores are of
 * the user's operand, and may fault. No access is misaligned, since not every
 * machine permits that, and none is outside the aligned words that hold bytes
 * of the range. The steps, for a target and a source that stand
 *   alike in their words:  bytes up to a whole word; sixteen words at a time,
 *                          then eight; words; bytes
 *   otherwise:             bytes until the target is aligned; words, each put
 *                          together from two of the source; bytes */

#define WORD 8
#define BLOCK (16 * WORD)

        /* An access to the user's operand, with its entry in the exception
         * table; and one to the kernel's. */
        .macro  user instruction:vararg
.Laccess\@:
        \instruction
        .pushsection .extable, "a"
        .balign 8
        .dword  .Laccess\@, user_copy_fault
        .popsection
        .endm

        .macro  kernel instruction:vararg
        \instruction
        .endm

        /* a0: target, a1: source, a2: bytes that are left. While a loop runs,
         * t0 is where it ends, and a2 is what is left after it. */
        .macro  copy from, to, result:vararg
        or      t0, a0, a1
        andi    t0, t0, WORD - 1
        bnez    t0, .Lunaligned\@

        /* Both are aligned. */
.Laligned\@:
        andi    t0, a2, -BLOCK
        beqz    t0, .Lhalf\@
        add     t0, t0, a1
        andi    a2, a2, BLOCK - 1
.Lblock\@:
        .irp    half, 0, BLOCK/2
        .irp    offset, 0, 8, 16, 24, 32, 40, 48, 56
        \from   ld t1, \half + \offset(a1)
        \to     sd t1, \half + \offset(a0)
        .endr
        .endr
        addi    a1, a1, BLOCK
        addi    a0, a0, BLOCK
        bltu    a1, t0, .Lblock\@
        beqz    a2, .Lend\@

.Lhalf\@:
        andi    t0, a2, BLOCK / 2
        beqz    t0, .Lwords\@
        .irp    offset, 0, 8, 16, 24, 32, 40, 48, 56
        \from   ld t1, \offset(a1)
        \to     sd t1, \offset(a0)
        .endr
        addi    a1, a1, BLOCK / 2
        addi    a0, a0, BLOCK / 2
        andi    a2, a2, BLOCK / 2 - 1
        beqz    a2, .Lend\@

.Lwords\@:
        andi    t0, a2, -WORD
        beqz    t0, .Lbytes\@
        add     t0, t0, a1
        andi    a2, a2, WORD - 1
.Lword\@:
        \from   ld t1, 0(a1)
        \to     sd t1, 0(a0)
        addi    a1, a1, WORD
        addi    a0, a0, WORD
        bltu    a1, t0, .Lword\@

        /* The last bytes. */
.Lbytes\@:
        beqz    a2, .Lend\@
        add     t0, a1, a2
.Lbyte\@:
        \from   lbu t1, 0(a1)
        \to     sb t1, 0(a0)
        addi    a1, a1, 1
        addi    a0, a0, 1
        bltu    a1, t0, .Lbyte\@
.Lend\@:
        \result
        ret

        /* Bytes until the target is aligned, or none are left. */
.Lunaligned\@:
        neg     t0, a0
        andi    t0, t0, WORD - 1
        beqz    t0, .Lshifted\@
        bgeu    t0, a2, .Lbytes\@
        sub     a2, a2, t0
        add     t0, t0, a1
.Llead\@:
        \from   lbu t1, 0(a1)
        \to     sb t1, 0(a0)
        addi    a1, a1, 1
        addi    a0, a0, 1
        bltu    a1, t0, .Llead\@
        andi    t1, a1, WORD - 1
        beqz    t1, .Laligned\@

        /* The target alone is aligned: a word of it is the end of one word of
         * the source, shifted down, and the beginning of the next, shifted up.
         * A shift takes the lowest six bits of its count, so -t2 for 64 - t2.
         * Both words hold bytes of the range. */
.Lshifted\@:
        andi    t0, a2, -WORD
        beqz    t0, .Lbytes\@
        add     t0, t0, a0
        andi    a2, a2, WORD - 1
        andi    t1, a1, WORD - 1
        sub     a1, a1, t1
        slli    t2, t1, 3
        neg     t3, t2
        \from   ld t4, 0(a1)
        srl     t4, t4, t2
.Lpair\@:
        \from   ld t5, WORD(a1)
        sll     t6, t5, t3
        or      t4, t4, t6
        \to     sd t4, 0(a0)
        srl     t4, t5, t2
        addi    a1, a1, WORD
        addi    a0, a0, WORD
        bltu    a0, t0, .Lpair\@
        add     a1, a1, t1
        j       .Lbytes\@
        .endm

        /* None of the three lies on two pages: QEMU goes from one page's code to
         * another's by a search, and a loop there takes twice as long. */
        .text
        .balign 512
        .globl  memcpy
memcpy:
        mv      a3, a0
        copy    kernel, kernel, mv a0, a3

        .balign 512
        .globl  user_copy_in_any
user_copy_in_any:
        copy    user, kernel, li a0, 0

        .balign 512
        .globl  user_copy_out
user_copy_out:
        copy    kernel, user, li a0, 0

        /* The fixup of every access: the caller ends user access. */
user_copy_fault:
        li      a0, -1
        ret
