/* The free bitmap: which blocks of the data area belong to files. A set bit is
 * a block in use. */
#ifndef FS_BLOCK_H
#define FS_BLOCK_H

#include "lib/base.h"
#include "fs/log.h"

/* The blocks that one balloc adds to its transaction at most: a bitmap
 * block and the new one. */
#define ALLOC_BLOCKS 2

/* Once super is read. */
void block_mount(void);

/* Take a free block, zero it, and give its number. 0, or -1 with nothing
 * changed: the disk is full, or a disk error. */
int balloc(struct transaction *tx, uint *blockno);

/* Give a block of the data area back; adds at most a bitmap block. 0, or -1
 * on a disk error. The caller may hold a block of the data area. */
int bfree(struct transaction *tx, uint blockno);

#endif
