/* The superblock and the log header: what must be right before anything else
 * of a disk can be looked at. */
#ifndef MKFS_LAYOUT_H
#define MKFS_LAYOUT_H

#include "mkfs/disk.h"

/* What is wrong with a superblock on an image of this many blocks, as an
 * English phrase, or NULL. A kernel mounts what passes here. Stricter than a
 * kernel in one thing: no blocks lie unused after inodes or bitmap, but one
 * that some versions of mkfs leave there, since a count that is too small would
 * cost the files beyond it. */
const char *layout_problem(const struct superblock *super, uint64 image_blocks);

/* If one field is wrong, the others tell what it must be. The name of the
 * field, which is right now; NULL if more than one is wrong, and then nothing
 * has changed. */
const char *layout_mend(struct superblock *super, uint64 image_blocks);

/* The blocks that an image with this superblock must have: more than
 * image_blocks if all that is wrong is that its end is missing. */
uint64 layout_extent(const struct superblock *super, uint64 image_blocks);

/* What is wrong with the log header, as an English phrase, or NULL. */
const char *layout_log_problem(const struct disk *disk);

/* Copy the blocks that the log holds to where they belong, and clear it. How
 * many there were. The header is right. */
uint layout_replay(struct disk *disk);

#endif
