/* The log on the disk. A group is kept here as a copy, the stage, until it is
 * home; meanwhile the next group may change the same blocks in the cache. A
 * header with n > 0 makes the n blocks after it take effect: it is written
 * when they are lasting, and cleared when they are lasting at home. Only the
 * log's thread calls these, and mounting before it. */
#ifndef FS_LOGDISK_H
#define FS_LOGDISK_H

#include "lib/base.h"
#include "fs/buf.h"

/* Take the memory for the stage. Once, at boot. */
void logdisk_init(void);

/* Learn from super where the log is, and write home what it holds (a line
 * that begins "recovering"). NULL, or an English phrase: the header lies, or
 * a disk error. */
const char *logdisk_recover(void);

/* Blocks that the log holds. */
uint logdisk_room(void);

/* Copy count blocks to the stage, which is empty; the references to them
 * pass to it. Nobody changes the blocks meanwhile. */
void logdisk_stage(struct buf *const group[], uint count);

/* Write the stage to the log, and the header that makes it take effect; then
 * write it home, clear the header, and empty the stage. 0, or -1 on a disk
 * error, and the header may still be valid. */
int logdisk_commit(void);

#endif
