/* The machine as it was found: whether the kernel can run on it, its harts
 * and its memory. For the boot hart, before any other runs. */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "lib/fdt.h"

/* Say what is wrong, and end the machine with a failure. */
void machine_refuse(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* Read the device tree at this address. Returns only if the machine will
 * do. */
void machine_read(uint64 fdt, struct machine *machine);

/* The end of the RAM that the kernel uses. */
uint64 machine_ram_end(const struct machine *machine);

/* Hand the pages from the kernel's end on to the page allocator, but the
 * reserved ones. Returns only if there are enough. */
void machine_add_ram(const struct machine *machine);

/* Enter a hart in harts[]; the first is the one that boots. */
void machine_add_hart(uint64 hartid);

/* Enter the others, in the tree's order, as far as there is room. */
void machine_add_other_harts(const struct machine *machine);

#endif
