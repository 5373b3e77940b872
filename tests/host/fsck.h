/* The checker of disk images: everything that must be true of one that was
 * made by mkfs and changed by transactions alone.
 *
 *   F1  an inode in use has a known type, and a size that its blocks can hold
 *   F2  a block belongs to one inode at most, and lies in the data area
 *   F3  the bitmap's bit of a data block is set exactly if an inode has it
 *   F4  an entry of a directory names an inode in use
 *   F5  a directory has . (itself) and .. (its parent), and one parent
 *   F6  nlink is the number of entries that name a file; for a directory, one
 *       more than the directories in it */
#ifndef HOST_FSCK_H
#define HOST_FSCK_H

#include "lib/base.h"

/* Check the image; what is wrong is printed. The number of breaches. */
int fsck(const uint8 *image);

#endif
