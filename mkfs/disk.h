/* A whole disk in memory, in the format of kernel/fs.h, and the way to its
 * parts. Nothing here checks numbers: callers do, against super. */
#ifndef MKFS_DISK_H
#define MKFS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include "kernel/fs.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the disk is little-endian, and these programs copy whole structures"
#endif

#define SUPER_BLOCK 1
#define INODE_NUMBERS 65536 /* a directory entry has 16 bits for it */
#define ENTRIES_PER_BLOCK (BSIZE / sizeof(struct dirent))

struct disk {
  uchar *bytes; /* super.size blocks */
  struct superblock super;
};

/* The groups of per that hold count things. */
uint disk_groups(uint count, uint per);

/* The bytes of a block. */
void *disk_block(const struct disk *disk, uint blockno);

/* An inode in its block. */
struct dinode *disk_inode(const struct disk *disk, uint inum);

/* Inodes that directories can name, the unused number 0 included. */
uint disk_inode_count(const struct disk *disk);

/* The bit of a block in the bitmap. */
bool disk_is_marked(const struct disk *disk, uint blockno);
void disk_mark(struct disk *disk, uint blockno, bool in_use);

/* The first data block, and whether a block is one: from there to size. */
uint disk_data_start(const struct disk *disk);
bool disk_is_data(const struct disk *disk, uint blockno);

/* Where the number of a file's block index (< MAXFILE) is kept; NULL if that
 * is an indirect block and the inode has none. */
uint *disk_number_at(const struct disk *disk, struct dinode *inode, uint index);

/* Entry index of a directory; NULL if it lies in a block that the directory
 * lacks. */
struct dirent *disk_entry_at(const struct disk *disk, struct dinode *dir,
                             uint index);

#endif
