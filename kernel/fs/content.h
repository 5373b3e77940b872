/* What a file or directory holds: bytes in blocks that its inode names. Block
 * numbers come from the disk and are checked before each use. The inode is
 * locked by the caller. */
#ifndef FS_CONTENT_H
#define FS_CONTENT_H

#include "fs/inode.h"
#include "fs/map.h"
#include "mm/copy.h"

/* Copy up to nbytes at offset to place. The bytes copied, less only at the end
 * of the file; or -1: a bad place, a damaged inode (which the console says),
 * or a disk error. nbytes fits an int. */
int readi(struct inode *inode, struct uio uio, uint offset, uint nbytes);

/* The blocks that a transaction needs to write at least one byte: the inode,
 * and what bmap_alloc adds. */
#define WRITE_BLOCKS (1 + MAP_MAKE_BLOCKS)

/* Write nbytes at offset, where offset <= size and the end is not beyond
 * MAX_FILE_SIZE, from place + uio_offset; stops when tx may have no room for
 * another block. The bytes written; or -1 if none could be: offset beyond the
 * size, a bad place, disk full, damaged, or a disk error. */
int writei(struct transaction *tx, struct inode *inode, struct uio uio,
           uint64 uio_offset, uint offset, uint nbytes);

/* Give back all blocks, or as many as tx has room for; the size goes to 0, or
 * down to what is left. tx is new, with room for MAXOPBLOCKS. 0: none is left;
 * 1: some are; -1: a disk error. The inode is updated. */
int content_shrink(struct transaction *tx, struct inode *inode);

/* Empty the file, in as many transactions as it takes; the inode is not
 * locked. The last transaction calls finish, unless that is NULL, with the
 * inode locked. 0, or -1: the disk takes no writes, or a disk error. */
typedef void (*content_finish)(struct transaction *tx, struct inode *inode);
int itrunc(struct inode *inode, content_finish finish);

#endif
