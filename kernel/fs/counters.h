/* Major number STATS, whose minor numbers are three devices:
 *
 * statistics  Reading gives exactly two lines, "copyin: N" and "copyinstr: N":
 *             the copies that went direct.
 * counters    Reading gives these lines and all else that is counted, a line
 *             each, as text cut at 4,095 bytes.
 * sink        A write copies its bytes into the kernel, in pieces of a page,
 *             and drops them; a read copies zeros out in the same way, without
 *             end. So a program can measure what a copy costs.
 *
 * A read after the end of the statistics or the counters gives -1 and rewinds.
 * Writing a word to one of them sets a mode: "walk" or "direct" that of copies,
 * "onetable" or "twotables" what aspace_set_two_tables does; in debug builds
 * "fail N" lets the N-th allocation of a page from then on fail (0: none).
 * Everything else fails with -1. */
#ifndef FS_COUNTERS_H
#define FS_COUNTERS_H

#include "mm/copy.h"

/* Once, at boot. */
void countersinit(void);

/* The driver's two functions (fs/file.c). */
int counters_read(short minor, struct uio uio, int nbytes);
int counters_write(short minor, struct uio uio, int nbytes);

#endif
