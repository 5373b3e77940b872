/* The system calls as functions, one for each line of SYSCALL_LIST. The
 * arguments are already where the kernel looks for them.
 *
 * They are weak, so that a program written for a system with fewer calls may
 * use one of these names for a function of its own. */
#include "kernel/syscall.h"

  .macro stub number, name
  .weak \name
  .type \name, @function
\name:
  li a7, \number
  ecall
  ret
  .size \name, . - \name
  .endm

/* The bare call has a second argument: sbrk itself is in sbrk.c. */
#define sbrk sys_sbrk
#define STUB(number, name) stub number, name;

  .text
  SYSCALL_LIST(STUB)

/* Call 13 by its older name. */
  .weak sleep
  .set sleep, pause
