/* Major number STATS: reading it gives the counters of copies, the copy mode,
 * the numbers of pages, of open files, and of inodes and blocks referred to,
 * and last what sync/lock_class.h reports of locks, as text cut at 4,095 bytes;
 * a read after the end gives -1 and rewinds.
 *
 * Writing "walk" or "direct" sets the mode; writing "measure" measures what the
 * writer's private table costs, for the two lines about it; "bench copyin VA
 * NBYTES" and "bench copyinstr VA MAX" measure such a copy from the writer's
 * memory, in the mode that is set, for the line copy_cycles. What cannot be
 * measured fails with -1, as do other words, and changes no line.
 *
 * In debug builds, writing "fail N" lets the N-th allocation of a page from
 * then on fail (0: none), and a line tells how many there are still to come up
 * to it; another tells how often threads gave way at random. */
#ifndef FS_STATS_H
#define FS_STATS_H

/* Register the device. Once, at boot. */
void stats_init(void);

#endif
