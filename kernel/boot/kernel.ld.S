/* The kernel's image: text, rodata and data in segments of their own, none of
 * them both writable and executable.
 *
 * The symbol table of the second pass is in rodata, behind all text: its size
 * moves no function. The firmware's variables are data: it runs before bss is
 * cleared, and beside that. (Its objects are kernel/sbi/NAME.o; the
 * preprocessor would take a slash and a star for a comment.) */
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
    *(.text.machine_entry)
    *(.text.boot_entry)
    *(.text .text.*)
    . = ALIGN(PGSIZE);
    trampoline_start = .;
    *(.trampoline)
    ASSERT(. - trampoline_start <= PGSIZE, "the trampoline is over a page");
    . = ALIGN(PGSIZE);
    text_end = .;
  } :text

  .rodata : {
    rodata_start = .;
    *(.rodata .rodata.* .srodata .srodata.*)
    . = ALIGN(8);
    extable_start = .;
    KEEP(*(.extable))
    extable_end = .;
    . = ALIGN(PGSIZE);
    rodata_end = .;
  } :rodata

  .data : {
    *(.data .data.* .sdata .sdata.*)
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
