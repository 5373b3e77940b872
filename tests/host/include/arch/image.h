/* The host's kernel was never linked: its parts are addresses alone. */
#ifndef ARCH_IMAGE_H
#define ARCH_IMAGE_H

#include "kernel/memlayout.h"

#define text_start ((char *)KERNBASE + 2 * PGSIZE)
#define text_end ((char *)KERNBASE + 50 * PGSIZE)
#define rodata_start text_end
#define rodata_end ((char *)KERNBASE + 60 * PGSIZE)

extern char trampoline[];

#endif
