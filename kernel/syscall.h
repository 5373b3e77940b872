/* The one list of system calls: number and name. The dispatch table, the
 * prototypes and the user library's stubs are all made from it.
 * 22-29 and 31-32 belong to other labs and stay free. */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#define SYSCALL_LIST(CALL)                                                     \
  CALL(1, fork)                                                                \
  CALL(2, exit)                                                                \
  CALL(3, wait)                                                                \
  CALL(4, pipe)                                                                \
  CALL(5, read)                                                                \
  CALL(6, kill)                                                                \
  CALL(7, exec)                                                                \
  CALL(8, fstat)                                                               \
  CALL(9, chdir)                                                               \
  CALL(10, dup)                                                                \
  CALL(11, getpid)                                                             \
  CALL(12, sbrk)                                                               \
  CALL(13, pause)                                                              \
  CALL(14, uptime)                                                             \
  CALL(15, open)                                                               \
  CALL(16, write)                                                              \
  CALL(17, mknod)                                                              \
  CALL(18, unlink)                                                             \
  CALL(19, link)                                                               \
  CALL(20, mkdir)                                                              \
  CALL(21, close)                                                              \
  CALL(30, pgaccess)                                                           \
  CALL(33, pgpte)                                                              \
  CALL(34, kpgtbl)                                                             \
  CALL(64, poweroff)                                                           \
  CALL(65, sync)                                                               \
  CALL(66, ptdump)                                                             \
  CALL(67, ascheck)

#define SYSCALL_MAX 67

#ifdef __ASSEMBLER__
#define SYSCALL_NUMBER(number, name) .equ SYS_##name, number;
SYSCALL_LIST(SYSCALL_NUMBER).equ SYS_sleep, SYS_pause
#undef SYSCALL_NUMBER
#else
#define SYSCALL_NUMBER(number, name) SYS_##name = number,
enum {
  SYSCALL_LIST(SYSCALL_NUMBER) SYS_sleep = SYS_pause
};
#undef SYSCALL_NUMBER
#endif

#endif
