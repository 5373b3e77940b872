/* From the first instruction in S-mode to the scheduler. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "arch/hart.h"
#include "kernel/param.h"
#include "lib/base.h"

/* The boot hart comes here from entry.S, paging off, on its own stack, with
 * its hardware id and the device tree's address. */
void main_boot(uint64 hartid, uint64 fdt) __attribute__((noreturn));

/* The others come here, each started by the boot hart, with its record. */
void main_other(void) __attribute__((noreturn));

/* In entry.S: where every hart starts. */
extern char boot_entry[];

/* A block for each hart: the upper half is its own stack, the lower half its
 * emergency stack. */
extern char hart_stacks[NCPU][KSTACK_BLOCK];

#endif
