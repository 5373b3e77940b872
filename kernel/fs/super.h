/* The superblock: where the parts of the disk are. Nothing in it is trusted
 * before all of it has been checked. */
#ifndef FS_SUPER_H
#define FS_SUPER_H

#include "lib/base.h"
#include "kernel/fs.h"

/* Mount the disk: read the superblock, replay the log (a line that begins
 * "recovering"), free inodes that no directory names (a line "ireclaim ...").
 * In a thread. NULL when all is well, else what is wrong with the disk, as an
 * English phrase. */
const char *fsinit(void);

/* As on the disk; fixed once super_read has accepted it. */
extern struct superblock super;

/* Read and check it. NULL when all is well, else what is wrong, as an English
 * phrase; super is all zero then. */
const char *super_read(void);

/* The first data block: the blocks from here to super.size belong to files. */
static inline uint super_data_start(void)
{
  return super.size - super.nblocks;
}

/* The blocks of the free bitmap. */
uint super_bitmaps(void);

/* Whether files may have this block. */
static inline bool super_is_data(uint blockno)
{
  return blockno >= super_data_start() && blockno < super.size;
}

#endif
