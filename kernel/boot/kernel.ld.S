/* The kernel's image, for the linker: text, rodata and data in segments of
 * their own, none of them both writable and executable. mm/kvm.c maps each with
 * its permissions, so each begins on a page of its own; arch/image.h declares
 * the symbols that are made here. */
#include "kernel/memlayout.h"

/* Where the image begins, and is entered at. */
#ifndef LINK_BASE
#define LINK_BASE 0x80000000
#endif

OUTPUT_ARCH(riscv)
ENTRY(text_start)

PHDRS
{
  text PT_LOAD FLAGS(5);   /* R-X */
  rodata PT_LOAD FLAGS(4); /* R-- */
  data PT_LOAD FLAGS(6);   /* RW- */
}

SECTIONS
{
  . = LINK_BASE;
  kernel_start = .;

  .text : {
    text_start = .;
    /* First, where a machine that is booted bare begins; if another firmware
     * boots, there is none, and the kernel's own entry is the first. */
    *(.text.machine_entry)
    *(.text.boot_entry)
    *(.text .text.*)
    . = ALIGN(PGSIZE);
    /* The trampoline has a page to itself: user tables map that, too. */
    trampoline_start = .;
    *(.trampoline)
    ASSERT(. - trampoline_start <= PGSIZE, "the trampoline is over a page");
    . = ALIGN(PGSIZE);
    text_end = .;
  } :text

  .rodata : {
    /* The symbol table of the second pass is here, behind all text, so its
     * size moves no function. */
    rodata_start = .;
    *(.rodata .rodata.* .srodata .srodata.*)
    . = ALIGN(8);
    /* The exception table: trap.c searches it. */
    extable_start = .;
    KEEP(*(.extable))
    extable_end = .;
    . = ALIGN(PGSIZE);
    rodata_end = .;
  } :rodata

  .data : {
    *(.data .data.* .sdata .sdata.*)
    /* The firmware's variables are no bss: it runs before that is cleared, and
     * beside. (Its objects are kernel/sbi/NAME.o; the preprocessor would take a
     * slash and a star for a comment.) */
    *kernel/sbi?*.o(.bss .bss.* .sbss .sbss.*)
    . = ALIGN(8);
  } :data

  .bss : {
    bss_start = .;
    *(.sbss .sbss.* .bss .bss.*)
    . = ALIGN(8);
    bss_end = .;
  } :data

  . = ALIGN(PGSIZE);
  kernel_end = .;

  /DISCARD/ : {
    *(.eh_frame .eh_frame_hdr .comment .note .note.*)
  }
}
