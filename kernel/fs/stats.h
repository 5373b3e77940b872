/* Major number STATS, whose minor numbers are three devices:
 *
 * statistics  Reading gives exactly two lines, "copyin: N" and "copyinstr: N":
 *             the copies that went direct.
 * counters    Reading gives these lines and all else that is counted, a line
 *             each, as text cut at 4,095 bytes: the copy mode, which tables
 *             user mode runs on, whether ASIDs are in use, whether SUM is
 *             closed outside windows; satp writes, and flushes by sfence.vma;
 *             copies of each kind, the numbers of pages, of open files, and of
 *             inodes and blocks referred to, and last what sync/lock_class.h
 *             reports of locks.
 * sink        A write copies its bytes into the kernel, in pieces of a page,
 *             and drops them; a read copies zeros out in the same way, without
 *             end. So a program can measure what a copy costs.
 *
 * A read after the end of the statistics or the counters gives -1 and rewinds.
 * Writing "walk" or "direct" to one of them sets the copy mode, "onetable" or
 * "twotables" what aspace_set_two_tables does; other words fail with -1, and so
 * does all for other minor numbers.
 *
 * In debug builds, writing "fail N" lets the N-th allocation of a page from
 * then on fail (0: none), and a line of the counters tells how many there are
 * still to come up to it; another tells how often threads gave way at random.
 *
 * In builds with LATENCY=1 a line of the counters tells how long the longest
 * section with interrupts off was (arch/latency.h). */
#ifndef FS_STATS_H
#define FS_STATS_H

/* Register the devices. Once, at boot. */
void stats_init(void);

#endif
