/* The log: what makes an operation of several blocks reach the disk as a whole
 * or not at all.
 * An operation changes blocks inside a transaction: begin_op, log_write of each
 * block that it changes, end_op. A transaction is begun before any inode or
 * block is locked, and a thread has one at a time. */
#ifndef FS_LOG_H
#define FS_LOG_H

#include "lib/base.h"
#include "fs/bio.h"

struct transaction {
  uint room; /* blocks that it may still add */
};

/* Once, at boot. */
void initlog(void);

/* Replay what the disk's log holds (a line that begins "recovering"), and let
 * operations begin. super is read. NULL when all is well, else what is wrong,
 * as an English phrase. */
const char *log_mount(void);

/* The blocks that the log holds: no transaction may ask for more. */
uint log_room(void);

/* Begin a transaction that adds at most nblocks blocks; sleeps while there is
 * no room. 0, or -1: the disk takes no writes, or a write has failed. */
int begin_op(struct transaction *tx, uint nblocks);

/* Add a block that is about to change, whose data may move: the caller has
 * locked it or, if it is of the data area or the bitmap, what guards that. A
 * block that the group has costs nothing. It stays in memory until the group is
 * home, so that bread of it cannot fail while the transaction is open. */
void log_write(struct transaction *tx, struct buf *buf);

/* All changes are made, all locks given back. */
void end_op(struct transaction *tx);

/* Commit all transactions that have ended, write them home and clear the log.
 * 0, or -1: a write has failed. Sleeps until the log's thread has done it. */
int log_sync(void);

/* The same, and whoever wants to begin from then on waits for ever: the log
 * stays clear until the machine is off. */
int log_stop(void);

/* The body of the log's kernel thread, which commits at most 100 ms after an
 * operation has ended; and what it does each time: commit what has ended, and
 * answer those who wait in log_sync. */
void log_thread(void) __attribute__((noreturn));
void log_work(void);

#endif
