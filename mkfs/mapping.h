/* An image file in memory. Changes stay in memory until they are written. */
#ifndef MKFS_MAPPING_H
#define MKFS_MAPPING_H

#include <stdbool.h>
#include "mkfs/disk.h"

struct mapping {
  const char *path;
  int fd;
  uint64 file_bytes;
  uint64 image_blocks; /* whole blocks in the file */
  uint64 nblocks; /* blocks in memory: more, if the file's end is missing */
  uchar *bytes;
};

/* NULL, or what went wrong as an English phrase; then nothing is open. */
const char *mapping_open(struct mapping *mapping, const char *path,
                         bool writable);

/* Write what has changed to the file, whose end is added if it was missing:
 * the superblock and the bitmap are right now, and say what is in use. NULL, or
 * what went wrong as an English phrase. */
const char *mapping_save(const struct mapping *mapping);

void mapping_close(struct mapping *mapping);

#endif
