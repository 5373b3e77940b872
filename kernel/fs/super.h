/* The superblock, which says where the parts of the disk are, and the free
 * bitmap, which says what blocks of the data area belong to files. Nothing in
 * the superblock is trusted before all of it has been checked. */
#ifndef FS_SUPER_H
#define FS_SUPER_H

#include "lib/base.h"
#include "kernel/fs.h"

struct transaction;

/* As on the disk, which fsinit has checked; it never changes. */
extern struct superblock super;

/* Mount the disk: read the superblock, replay the log (log_mount), free inodes
 * that no directory names (ireclaim). In a thread. NULL when all is well, else
 * what is wrong with the disk, as an English phrase. */
const char *fsinit(void);

/* The first data block: the blocks from here to super.size belong to files. */
static inline uint super_data_start(void)
{
  return super.size - super.nblocks;
}

/* Whether files may have this block. */
static inline bool super_is_data(uint blockno)
{
  return blockno - super_data_start() < super.nblocks; /* a lower one wraps */
}

/* How many blocks the free bitmap has. */
static inline uint super_bitmaps(void)
{
  return ((uint64)super.size + BPB - 1) / BPB;
}

/* The blocks that one balloc adds at most: a bitmap block and the new one. */
#define ALLOC_BLOCKS 2

/* Take a free block, zero it, and give its number. 0, or -1 with nothing
 * changed: the disk is full, or a disk error. */
int balloc(struct transaction *tx, uint *blockno);

/* Give a data block back; adds at most a bitmap block. 0, or -1 on an error. */
int bfree(struct transaction *tx, uint blockno);

#endif
