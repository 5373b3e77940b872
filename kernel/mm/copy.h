/* Copying between the kernel and the memory of a process, which ends at the
 * break, rounded up to a page.
 *
 * A copy goes direct if its range ends at or below USER_VA_STOP: that is in the
 * private table of the current process, on which this hart runs. Else it walks
 * the user table, page by page. Pages that are not there yet come on the way.
 * No copy sleeps, so spinlocks may be held. */
#ifndef MM_COPY_H
#define MM_COPY_H

#include "lib/base.h"

struct aspace;

/* Copy nbytes between the kernel and the current process's memory. 0, or -1:
 * not all may be read or written, and a part may have been copied. */
int copyin(void *dst, uint64 srcva, uint64 nbytes);
int copyout(uint64 dstva, const void *src, uint64 nbytes);

/* Copy a string with its NUL to dst. The length without the NUL, or -1: it
 * cannot be read, or has no NUL in its first max bytes. max <= INT_MAX. */
int copyinstr(char *dst, uint64 srcva, uint64 max);

/* The same by walking, of the current address space or one on no hart. */
int copyin_walk(struct aspace *as, void *dst, uint64 srcva, uint64 nbytes);
int copyout_walk(struct aspace *as, uint64 dstva, const void *src,
                 uint64 nbytes);
int copyinstr_walk(struct aspace *as, char *dst, uint64 srcva, uint64 max);

/* Where data of read and write goes to or comes from: an address of the current
 * process, or of the kernel. */
struct uio {
  bool user;
  uint64 address;
};

static inline struct uio uio_user(uint64 va)
{
  return (struct uio){.user = true, .address = va};
}

static inline struct uio uio_kernel(const void *p)
{
  return (struct uio){.user = false, .address = (uint64)p};
}

/* Copy nbytes to uio + offset, or from it. 0 or -1, as above; the kernel's
 * memory never fails. */
int copy_to_uio(struct uio uio, uint64 offset, const void *src, uint64 nbytes);
int copy_from_uio(void *dst, struct uio uio, uint64 offset, uint64 nbytes);

/* The switch: COPY_WALK makes every copy walk that begins, for comparison. */
enum copy_mode {
  COPY_DIRECT,
  COPY_WALK,
};
void copy_set_mode(enum copy_mode mode);
enum copy_mode copy_get_mode(void);

#endif
