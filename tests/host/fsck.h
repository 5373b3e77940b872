/* The checker of mkfs/check.h, for disks of host tests. */
#ifndef HOST_FSCK_H
#define HOST_FSCK_H

#include "lib/base.h"

/* Check the image, whose superblock says its size; what is wrong is printed.
 * The number of faults. */
int fsck(const uint8 *image);

#endif
