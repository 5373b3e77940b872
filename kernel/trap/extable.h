/* Instructions of the kernel that may fault on a user address, and where to
 * go on if they do. Only the load or store of a user operand has an entry. */
#ifndef TRAP_EXTABLE_H
#define TRAP_EXTABLE_H

#include "lib/base.h"

/* The text of an asm goto: an instruction that may fault, with its entry; it
 * goes on at the function's label on_fault. */
#define MAY_FAULT(instruction)                                                 \
  "7771: " instruction "\n"                                                    \
  ".pushsection .extable, \"a\"\n"                                             \
  ".balign 8\n"                                                                \
  ".dword 7771b, %l[on_fault]\n"                                               \
  ".popsection"

/* The fixup for a fault at pc, 0 if pc is not in the table. */
uint64 extable_fixup(uint64 pc);

#endif
