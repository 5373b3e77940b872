/* Disk blocks in memory. Whoever has a block locked may read its data, and
 * may change it inside a transaction that logs the block (log_add); so only
 * blocks that the log refers to differ from the disk, and all others can be
 * dropped at any time. */
#ifndef FS_BUF_H
#define FS_BUF_H

#include "fs/cache.h"
#include "kernel/fs.h"
#include "sync/sleeplock.h"

struct buf {
  struct cache_entry entry; /* its number is the block's */
  struct sleeplock lock;    /* guards data and entry.valid */
  uint8 *data;              /* BSIZE bytes of the direct map */
  bool in_group;            /* the log's, under its lock */
};

/* Take the memory for the cache. Once, at boot. */
void buf_init(void);

/* The block, locked and with a reference, its data as last logged. NULL on a
 * disk error. May sleep. The caller holds no second block of the data area,
 * since a damaged disk may name the same one twice. */
struct buf *buf_read(uint blockno);

/* The same, all zero and without reading the disk. Cannot fail. */
struct buf *buf_zeroed(uint blockno);

/* Unlock and give the reference back. */
void buf_release(struct buf *buf);

/* Keep the block in memory while it is unlocked, and let it go again. */
void buf_hold(struct buf *buf);
void buf_drop(struct buf *buf);

#endif
