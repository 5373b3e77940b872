/* System calls: the number in a7, arguments and result where C has them. */
  .macro CALL name, number
  .globl \name
\name:
  li a7, \number
  ecall
  ret
  .endm

  .text
  CALL fork, 1
  CALL exit, 2
  CALL wait, 3
  CALL pipe, 4
  CALL read, 5
  CALL kill, 6
  CALL exec, 7
  CALL fstat, 8
  CALL chdir, 9
  CALL dup, 10
  CALL getpid, 11
  CALL sbrk, 12
  CALL sleep, 13
  CALL uptime, 14
  CALL open, 15
  CALL write, 16
  CALL mknod, 17
  CALL unlink, 18
  CALL link, 19
  CALL mkdir, 20
  CALL close, 21
  CALL pgaccess, 30
  CALL pgpte, 33
  CALL no_such_call, 25
