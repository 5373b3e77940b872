/* EXERCISE: the direct copies. They run on the private kernel table of the
 * current process, in which user memory below USER_VA_STOP stands at its own
 * addresses, so a user pointer is simply a pointer.
 *
 * Each checks that the range does not wrap and ends at or below USER_VA_STOP,
 * begins user access (sets sstatus.SUM), copies with what mm/user_access.h
 * gives, and ends user access, also when a page cannot be had. In between, that
 * check alone protects the PLIC and all of RAM. */
#ifndef MM_COPY_NEW_H
#define MM_COPY_NEW_H

#include "lib/base.h"

/* Copy nbytes from user address srcva to dst. 0, or -1: not all of the range
 * may be read (part of dst may have been written). */
int copyin_new(void *dst, uint64 srcva, uint64 nbytes);

/* Copy a string with its NUL from user address srcva to dst, at most max
 * bytes. The bytes copied, NUL included, go to *nbytes; if the first max
 * bytes, or those below USER_VA_STOP, have no NUL, *nbytes is their number
 * and dst has no NUL. What follows in the max bytes of dst is undefined. 0, or
 * -1: srcva is not below USER_VA_STOP, or one of the *nbytes may not be read.
 * With max 0 nothing is read. */
int copyinstr_new(char *dst, uint64 srcva, uint64 max, uint64 *nbytes);

/* Copy nbytes from src to user address dstva. 0, or -1: not all of the range
 * may be written (part of it may have been). */
int copyout_new(uint64 dstva, const void *src, uint64 nbytes);

#endif
