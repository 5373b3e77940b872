/* The registers at an S-mode trap, on the kernel stack; x[0] is unused. The
 * trap vector takes the order from here. */
#ifndef ARCH_KFRAME_H
#define ARCH_KFRAME_H

#include "lib/base.h"

struct kframe {
  uint64 x[32];
  uint64 sepc;
  uint64 sstatus;
  uint64 scause;
  uint64 stval;
};

#endif
