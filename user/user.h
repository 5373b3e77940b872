/* What every user program may call: the system calls, and the library that
 * wraps them. Programs written for any xv6-riscv from 2020 to 2025 compile
 * against this file, so names and types are theirs (a length is a uint here
 * and an int there), and printf's arguments go unchecked: many of those
 * programs print an address by %x or a 64-bit number by %d.
 *
 * A call that can fail gives -1, or NULL where it gives a pointer, unless
 * its line says otherwise. */
#ifndef USER_USER_H
#define USER_USER_H

#include "kernel/types.h"
#include "kernel/vm.h"

#ifndef NULL
#define NULL ((void *)0)
#endif

struct stat;

/* Processes. wait(NULL) is allowed; a status is an int, -1 after a fault. */
int fork(void);
int exit(int status) __attribute__((noreturn));
int wait(int *status);
int exec(const char *path, char **argv);
int kill(int pid);
int getpid(void);
int pause(int ticks); /* a tick is a tenth of a second */
int sleep(int ticks); /* the name of pause until 2024 */
int uptime(void);     /* in ticks */

/* Files, by the modes of kernel/fcntl.h. read and write give the bytes that
 * they moved, which may be fewer than nbytes. */
int pipe(int *fds); /* fds[0] reads what fds[1] writes */
int open(const char *path, int mode);
int close(int fd);
int read(int fd, void *buf, int nbytes);
int write(int fd, const void *buf, int nbytes);
int dup(int fd);
int fstat(int fd, struct stat *st);
int mknod(const char *path, short major, short minor);
int mkdir(const char *path);
int chdir(const char *path);
int link(const char *old_path, const char *new_path);
int unlink(const char *path);
int sync(void);

/* Memory. All three give the old break, SBRK_ERROR on failure. What sbrk gives
 * is reserved, so that a touch of it cannot fail; what sbrklazy gives is not,
 * and a process that touches it when no memory is left is ended. sys_sbrk is
 * the bare call with how = SBRK_EAGER or SBRK_LAZY. */
#define SBRK_ERROR ((char *)-1)
char *sbrk(int nbytes);
char *sbrklazy(int nbytes);
char *sys_sbrk(int nbytes, int how);

/* Page tables. pgaccess sets bit i of *mask if page i from base was accessed
 * since the last call; pgpte gives the entry that maps va, 0 if none does. */
int pgaccess(void *base, int npages, void *mask);
uint64 pgpte(void *va);
int kpgtbl(void);                      /* print the caller's user table */
int ptdump(int pid, int kernel_table); /* print a table; pid 0: one's own */
int ascheck(void);                     /* breaches of the rules, printed */

/* The machine goes off, and QEMU ends with this status (0 to 127). */
int poweroff(int status);

/* The process id, read from the page that the kernel shares (USYSCALL). */
int ugetpid(void);

/* Fill buf with the text of the device "statistics", the two lines of the
 * copies that went direct. The bytes filled in, no NUL after them; or -1. */
int statistics(void *buf, int nbytes);

/* Files, by name and by line. */
int stat(const char *path, struct stat *st);

/* Read a line from descriptor 0: at most max - 1 bytes, up to and with its
 * newline or return, closed by a NUL. Empty at the end of the input. */
char *gets(char *buf, int max);

/* Print to descriptor 1, or to fd: %d %u %x %p %s %c %%, with l and ll for 64
 * bits. A text up to 256 bytes is one write. The bytes written, or -1. */
int printf(const char *format, ...);
int fprintf(int fd, const char *format, ...);

/* The heap. Memory is aligned to 16 bytes; free(NULL) does nothing. */
void *malloc(uint nbytes);
void free(void *memory);

/* Strings and bytes, as in the C standard. */
char *strcpy(char *dst, const char *src);
char *strchr(const char *s, char c);
int strcmp(const char *a, const char *b);
uint strlen(const char *s);
int atoi(const char *s);
void *memset(void *dst, int byte, uint nbytes);
void *memmove(void *dst, const void *src, int nbytes);
void *memcpy(void *dst, const void *src, uint nbytes);
int memcmp(const void *a, const void *b, uint nbytes);

#endif
