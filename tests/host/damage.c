#include "tests/host/damage.h"
#include <stdlib.h>
#include <string.h>
#include "kernel/stat.h"

#define PLACES_MAX 8

/* The inodes and directory entries that are hit: those that are in use on the
 * disks of tests, and some more. */
#define INODES_HIT 16
#define ENTRIES_HIT 8
#define BITS_PER_BYTE 8

struct disk host_disk_of(uchar *image)
{
  struct disk disk = {.bytes = image};
  memcpy(&disk.super, image + SUPER_BLOCK * BSIZE, sizeof(disk.super));
  return disk;
}

static uint below(uint count)
{
  return (uint)rand() % count;
}

/* A number that something may stumble over. */
static uint bad_number(const struct disk *disk)
{
  const uint numbers[] = {
      0,
      1,
      2,
      disk->super.logstart,
      disk->super.inodestart,
      disk->super.bmapstart,
      disk_data_start(disk),
      disk->super.size - 1,
      disk->super.size,
      disk->super.ninodes - 1,
      disk->super.ninodes,
      MAXFILE * BSIZE,
      MAXFILE * BSIZE + 1,
      0x7FFF,
      0x8000,
      0xFFFF,
      0x7FFFFFFF,
      0x80000000,
      0xFFFFFFFF,
      below(disk->super.size),
      below(disk->super.size),
      below(disk->super.size),
  };
  return numbers[below(sizeof(numbers) / sizeof(*numbers))];
}

static uchar *any_block(const struct disk *disk)
{
  uint metadata_end = disk_data_start(disk) + INODES_HIT;
  return disk_block(disk, below(below(4) ? metadata_end : disk->super.size));
}

static struct dinode *any_inode(const struct disk *disk)
{
  return disk_inode(disk, below(INODES_HIT));
}

static void set_byte(const struct disk *disk)
{
  any_block(disk)[below(BSIZE)] = below(3) ? rand() : 0;
}

static void flip_bit(const struct disk *disk)
{
  any_block(disk)[below(BSIZE)] ^= 1 << below(BITS_PER_BYTE);
}

static void copy_block(const struct disk *disk)
{
  memmove(any_block(disk), any_block(disk), BSIZE);
}

static void hit_super(const struct disk *disk)
{
  uint *field = disk_block(disk, SUPER_BLOCK);
  if (below(8) == 0)
    field[below(sizeof(struct superblock) / sizeof(uint))] = bad_number(disk);
}

static void hit_log(const struct disk *disk)
{
  struct logheader *header = disk_block(disk, disk->super.logstart);
  header->n = below(4) ? below(LOGBLOCKS + 2) : bad_number(disk);
  for (uint i = 0; i < LOGBLOCKS; i++)
    header->block[i] = below(40) ? below(disk->super.size) : bad_number(disk);
}

static void hit_inode(const struct disk *disk)
{
  struct dinode *inode = any_inode(disk);
  short *head[] = {&inode->type, &inode->nlink, &inode->major, &inode->minor};
  switch (below(4)) {
  case 0:
    *head[below(4)] = below(2) ? below(T_DEVICE + 2) : bad_number(disk);
    break;
  case 1:
    inode->size = below(2) ? below(MAXFILE * BSIZE) : bad_number(disk);
    break;
  case 2:
    inode->addrs[below(NDIRECT + 1)] = bad_number(disk);
    break;
  default:
    *inode = *any_inode(disk);
  }
}

static void hit_indirect(const struct disk *disk)
{
  uint blockno = any_inode(disk)->addrs[NDIRECT];
  if (disk_is_data(disk, blockno)) {
    uint *number = disk_block(disk, blockno);
    for (uint i = below(4); i < NINDIRECT; i += 1 + below(64))
      number[i] = below(3) ? bad_number(disk) : blockno;
  }
}

static void hit_directory(const struct disk *disk)
{
  static const char *const names[] = {"",  ".", "..",         "a/b",
                                      "a", "d", "lost+found", "\x1b[2J"};
  uint blockno = any_inode(disk)->addrs[0];
  if (!disk_is_data(disk, blockno))
    return;
  struct dirent *entry = disk_block(disk, blockno);
  entry += below(ENTRIES_HIT);
  if (below(2))
    entry->inum = below(2) ? below(INODES_HIT) : bad_number(disk);
  else
    strncpy(entry->name, names[below(sizeof(names) / sizeof(*names))], DIRSIZ);
}

static void hit_bitmap(const struct disk *disk)
{
  uchar *bitmap = disk_block(disk, disk->super.bmapstart);
  bitmap[below(disk->super.size / BITS_PER_BYTE)] = rand();
}

void host_damage(uchar *image, uint seed)
{
  static void (*const hit[])(const struct disk *disk) = {
      set_byte,   flip_bit,  copy_block,   hit_super,
      hit_log,    hit_inode, hit_indirect, hit_directory,
      hit_bitmap, hit_inode, hit_directory};
  struct disk disk = host_disk_of(image);
  srand(seed);
  for (uint places = 1 + below(PLACES_MAX); places > 0; places--)
    hit[below(sizeof(hit) / sizeof(*hit))](&disk);
}
