/* The checker of disks. It takes the rules of the format one by one, says
 * where one is broken, and mends that in memory; whether the mended disk is
 * kept is for its caller to decide.
 *
 *   R1  the superblock's parts lie in order, inside the image
 *   R2  the log's header names at most as many blocks as the log has room for,
 *       all of them inodes', the bitmap's or data
 *   R3  an inode has a known type; a free one has no links and no blocks; the
 *       root is a directory; a device has no content; number 0 is free
 *   R4  a number of a block lies in the data area, and is named once
 *   R5  a size is at most MAXFILE blocks, and all blocks up to it are there; a
 *       directory's is whole entries, and blocks that it lacks hold none
 *   R6  a directory begins with . (itself) and .. (its parent); every other
 *       entry has a name of its own, without a slash, and names an inode in use
 *   R7  every inode in use is found from the root, a directory in one place
 *   R8  nlink is the number of entries that name a file; for a directory, one
 *       more than the directories in it
 *   R9  a bit of the bitmap is set exactly if the block is a file's, or lies
 *       before the data area
 *
 * What the next mount does by itself breaks no rule: a log that is to be
 * replayed, an inode with neither links nor names. */
#ifndef MKFS_CHECK_H
#define MKFS_CHECK_H

#include <stdio.h>
#include "mkfs/disk.h"

struct check_result {
  uint faults;   /* rules found broken */
  uint stuck;    /* of these, how many could not be mended */
  bool hopeless; /* for want of a superblock: nothing has changed */
};

/* Check an image of nblocks blocks, of which the file has image_blocks, and
 * mend it in memory. A line for each fault goes to out. */
struct check_result check_image(uchar *bytes, uint64 nblocks,
                                uint64 image_blocks, FILE *out);

#endif
