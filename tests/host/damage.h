/* Damage to disk images: random bytes, flipped bits, and values that are
 * chosen to be troublesome in the places where they are so. */
#ifndef HOST_DAMAGE_H
#define HOST_DAMAGE_H

#include "mkfs/disk.h"

/* An image in memory, whose superblock is sound. */
struct disk host_disk_of(uchar *image);

/* Damage the image in one to eight places, which follow from the seed. */
void host_damage(uchar *image, uint seed);

#endif
