/* Who called whom, by the frame pointers that every function keeps:
 * RISC-V ELF psABI, Frame Pointer Convention. */
#ifndef LIB_BACKTRACE_H
#define LIB_BACKTRACE_H

#include "lib/base.h"

/* Print a line for pc, and one for each return address found from frame
 * pointer fp on. Follows only frame pointers that rise within the block of
 * arch/hart.h that sp is in, so what a user left in fp leads nowhere. */
void backtrace_print(uint64 pc, uint64 fp, uint64 sp);

#endif
