/* The parts of a disk image in memory, found by their numbers: blocks, inodes,
 * bits of the bitmap and blocks of a file. For mkfs and fsck, which know the
 * numbers to be good. */
#include "mkfs/disk.h"

#define BITS_PER_BYTE 8

uint disk_groups(uint count, uint per)
{
  return count / per + (count % per != 0);
}

void *disk_block(const struct disk *disk, uint blockno)
{
  return disk->bytes + (size_t)blockno * BSIZE;
}

struct dinode *disk_inode(const struct disk *disk, uint inum)
{
  struct dinode *inodes = disk_block(disk, IBLOCK(inum, disk->super));
  return inodes + inum % IPB;
}

uint disk_inode_count(const struct disk *disk)
{
  uint count = disk->super.ninodes;
  return count < INODE_NUMBERS ? count : INODE_NUMBERS;
}

bool disk_is_marked(const struct disk *disk, uint blockno)
{
  uint bit = blockno % BPB;
  const uchar *bitmap = disk_block(disk, BBLOCK(blockno, disk->super));
  return bitmap[bit / BITS_PER_BYTE] >> bit % BITS_PER_BYTE & 1;
}

void disk_mark(struct disk *disk, uint blockno, bool in_use)
{
  uint bit = blockno % BPB;
  uchar *bitmap = disk_block(disk, BBLOCK(blockno, disk->super));
  uchar mask = 1 << bit % BITS_PER_BYTE;
  if (in_use)
    bitmap[bit / BITS_PER_BYTE] |= mask;
  else
    bitmap[bit / BITS_PER_BYTE] &= ~mask;
}

uint disk_data_start(const struct disk *disk)
{
  return disk->super.size - disk->super.nblocks;
}

bool disk_is_data(const struct disk *disk, uint blockno)
{
  return blockno >= disk_data_start(disk) && blockno < disk->super.size;
}

uint *disk_number_at(const struct disk *disk, struct dinode *inode, uint index)
{
  if (index < NDIRECT)
    return &inode->addrs[index];
  uint indirect = inode->addrs[NDIRECT];
  if (indirect == 0)
    return NULL;
  return (uint *)disk_block(disk, indirect) + (index - NDIRECT);
}

struct dirent *disk_entry_at(const struct disk *disk, struct dinode *dir,
                             uint index)
{
  uint *number = disk_number_at(disk, dir, index / ENTRIES_PER_BLOCK);
  if (!number || *number == 0)
    return NULL;
  struct dirent *entries = disk_block(disk, *number);
  return entries + index % ENTRIES_PER_BLOCK;
}
