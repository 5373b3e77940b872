/* Transactions, and their grouping.
 *
 * An operation changes blocks inside a transaction. Transactions that run or
 * end between two commits form a group, which reaches the disk as a whole or
 * not at all. The log's thread commits the group when it has waited for
 * COMMIT_DELAY_MS since its first transaction ended, when an operation waits
 * for room, and when log_sync asks. Then it writes the blocks home and clears
 * the log at once, so the log of a disk at rest is empty.
 *
 * Invariants, under the log's lock:
 *   L1  count + reserved <= room of the log on the disk
 *   L2  a block is in the group exactly if its in_group is set, and the group
 *       has a reference to it; while the group is being closed, in_group says
 *       it of the next one
 *   L3  the group is closed (taken to be committed) only while no transaction
 *       is open
 *
 * Order: a transaction is begun before any inode or block is locked, and a
 * thread has one at a time. */
#ifndef FS_LOG_H
#define FS_LOG_H

#include "lib/base.h"
#include "fs/buf.h"

struct transaction {
  uint room; /* blocks that it may still add */
};

void initlog(void);

/* Replay what the disk's log holds, and let operations begin. super is read.
 * NULL when all is well, else what is wrong, as an English phrase. */
const char *log_mount(void);

/* Begin a transaction that adds at most nblocks blocks; nblocks is at most
 * log_room(). Sleeps while there is no room. Those who wait begin in the order
 * in which they came; only before the group in which they came is closed may
 * others begin before them. 0, or -1: the disk takes no
 * writes, or a write has failed. */
int begin_op(struct transaction *tx, uint nblocks);

/* The blocks that one transaction may ask for. */
uint log_room(void);

/* Add a locked block that is being changed. A block that the group has costs
 * nothing. It stays in memory until the group is home, so that bread of it
 * cannot fail while the transaction is open. */
void log_write(struct transaction *tx, struct buf *buf);

/* All changes are made, all locks given back. */
void end_op(struct transaction *tx);

/* Commit all transactions that have ended, write them home and clear the log.
 * 0, or -1: a write has failed. Sleeps until the log's thread has done it. */
int log_sync(void);

/* The same, and whoever wants to begin from then on waits for ever: the log
 * stays clear until the machine is off. */
int log_stop(void);

/* The body of the log's kernel thread: commits at most 100 ms after a call
 * returned, and clears the log when that is done. Never returns. */
void log_thread(void *unused) __attribute__((noreturn));

/* What the log's thread does each time there is something to do. */
void log_work(void);

#endif
