/* A disk image in memory, in the format of kernel/fs.h: a root directory with
 * plain files in it. */
#ifndef MKFS_IMAGE_H
#define MKFS_IMAGE_H

#include "mkfs/disk.h"

struct image {
  struct disk disk;
  uint next_block; /* the data blocks below it are in use */
  uint next_inode; /* the inodes below it are in use */
};

/* Make an image of size blocks with this many inodes (number 0 included) and
 * a log of log_blocks blocks besides its header; the root directory is empty.
 * NULL, or what is wrong as an English phrase, and then nothing is kept. */
const char *image_create(struct image *image, uint size, uint ninodes,
                         uint log_blocks);

/* Put a file in the root directory. NULL, or what is wrong as a phrase, and
 * then the image is of no more use. */
const char *image_add(struct image *image, const char *name, const void *data,
                      size_t nbytes);

/* Give the memory back. */
void image_free(struct image *image);

#endif
