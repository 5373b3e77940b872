/* Where a program starts. exec leaves argc in a0 and argv in a1, which is
 * where main wants them; what main returns is the status. */
  .section .text.start, "ax"
  .globl start
  .type start, @function
start:
  call main
  call exit
  .size start, . - start
