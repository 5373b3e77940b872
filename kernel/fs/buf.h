/* Disk blocks in memory. Whoever has a block locked may read its data, and
 * may change it inside a transaction that logs the block (log_write); so only
 * blocks that the log refers to differ from the disk, and all others can be
 * dropped at any time. */
#ifndef FS_BUF_H
#define FS_BUF_H

#include "dev/disk.h"
#include "fs/cache.h"
#include "kernel/fs.h"
#include "sync/sleeplock.h"

/* How many there are; enough for all that may be referred to at once. */
#define NBUF 2048

struct buf {
  struct cache_entry entry; /* its number is the block's */
  struct sleeplock lock;    /* guards data, request and entry.valid */
  uint8 *data;              /* BSIZE bytes of the direct map */
  struct disk_request request;
  bool in_group; /* the log's, under its lock */
};

/* Take the memory for the cache. Once, at boot. */
void binit(void);

/* The block, locked and with a reference, its data as last logged. NULL on a
 * disk error. May sleep. The caller holds no second block of the data area,
 * since a damaged disk may name the same one twice. */
struct buf *bread(uint blockno);

/* The same, all zero and without reading the disk. Cannot fail. */
struct buf *buf_zeroed(uint blockno);

/* A place that keeps a block in memory after its use, so that it is found at
 * once if it is wanted again. NULL, or the block that was used last, whose
 * reference is the place's. The caller guards it. */
typedef struct buf *buf_place;

/* As bread, but the place gets the reference: the block is unlocked with
 * buf_unlock. */
struct buf *buf_read_kept(buf_place *place, uint blockno);

/* The same, but NULL also if the disk would have to be read. */
struct buf *buf_find_kept(buf_place *place, uint blockno);
void buf_unlock(struct buf *buf);

/* Keep nothing any more. */
void buf_forget(buf_place *place);

/* The most blocks that buf_fetch takes. */
#define BUF_FETCH_MAX 16

/* Read those of count blocks that are not in memory, all at once. What cannot
 * be read, or is locked, is left for bread. The caller holds no block. */
void buf_fetch(const uint *blockno, uint count);

/* How many blocks are referred to. */
uint bufs_held(void);

/* Unlock and give the reference back. */
void brelse(struct buf *buf);

/* Keep the block in memory while it is unlocked, and let it go again. */
void buf_hold(struct buf *buf);
void buf_drop(struct buf *buf);

#endif
