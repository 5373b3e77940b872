/* Which block holds block n of a file: NDIRECT numbers in the inode, the rest
 * in its indirect block. The inode is locked by the caller. */
#ifndef FS_MAP_H
#define FS_MAP_H

#include "fs/block.h"
#include "fs/inode.h"

/* The block that holds block index (< MAXFILE) of the file; 0 if none does.
 * 0, or -1: the number on the disk is bad (which the console says), or a disk
 * error. */
int bmap(struct inode *inode, uint index, uint *blockno);

/* Look at the indirect block anew from now on: the content has been loaded. */
void map_forget(struct inode *inode);

/* What bmap_alloc and writing the block add to a transaction at most. */
#define MAP_MAKE_BLOCKS (2 * ALLOC_BLOCKS)

/* The same, allocating what is missing, zeroed: the block, and perhaps the
 * indirect one. inode has joined tx and the caller updates it, also after a
 * failure. 0, or -1: also when the disk is full. */
int bmap_alloc(struct transaction *tx, struct inode *inode, uint index,
               uint *blockno);

/* Free blocks from the end, as many as tx has room for; *left is where that
 * stopped: the file has no block left at or after this index. inode has joined
 * tx and the caller updates it. 0, or -1 on a disk error. */
int map_shrink(struct transaction *tx, struct inode *inode, uint *left);

#endif
