/* The flattened device tree (Devicetree Specification 0.4, Flattened
 * Devicetree (DTB) Format). It is read once, before its page can be handed
 * out; what the kernel needs is copied into struct machine.
 * Builds on the host as well. */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include "lib/base.h"
#include "kernel/param.h"

#define BOOTARGS_MAX 128
#define RESERVED_MAX 8

/* What the tree says of the machine. */
struct machine {
  uint64 ram_start; /* the memory range that holds KERNBASE */
  uint64 ram_size;  /* bytes */
  uint64 timebase;  /* ticks of the time register in a second */
  int nharts;       /* harts found and usable, at most NCPU */
  uint64 hartid[NCPU];
  int nplics;    /* PLICs: nodes that have the property riscv,ndev */
  int nreserved; /* of reserved[], whose pages must not be handed out */
  struct {
    uint64 start, size;
  } reserved[RESERVED_MAX];
  char bootargs[BOOTARGS_MAX]; /* /chosen bootargs, cut to fit */
};

/* Read the tree at fdt, of which at most limit bytes may be looked at.
 * NULL when all is well, else what is wrong with it, as an English phrase
 * ("bad magic number", "no usable hart"), and *machine is undefined. Never
 * reads outside fdt[0..limit-1], whatever the tree holds. */
const char *fdt_read(const void *fdt, uint64 limit, struct machine *machine);

/* True if the words of bootargs, parted by blanks, contain this one. */
bool bootargs_has(const struct machine *machine, const char *word);

#endif
