#include "tests/host/fsck.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/fs.h"
#include "kernel/stat.h"

static const uint8 *disk;
static struct superblock sb;
static int breaches;
static uint *owner;   /* of each block: an inode, 0 for none */
static uint *names;   /* of each inode: entries that name it, but . and .. */
static uint *subdirs; /* of each inode: directories in it */
static uint *parent;  /* of each directory, as its .. says */
static uint *holder;  /* of each inode: a directory that names it */

static void breach(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static void breach(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  printf("  fsck: ");
  vprintf(format, args);
  printf("\n");
  va_end(args);
  breaches++;
}

static const uint8 *block_at(uint blockno)
{
  return disk + (uint64)blockno * BSIZE;
}

static const struct dinode *inode_at(uint inum)
{
  return (const struct dinode *)block_at(IBLOCK(inum, sb)) + inum % IPB;
}

static bool is_data(uint blockno)
{
  return blockno >= sb.size - sb.nblocks && blockno < sb.size;
}

static uint block_of_file(const struct dinode *inode, uint index)
{
  if (index < NDIRECT)
    return inode->addrs[index];
  uint indirect = inode->addrs[NDIRECT];
  if (!is_data(indirect))
    return 0;
  return ((const uint *)block_at(indirect))[index - NDIRECT];
}

static void own(uint inum, uint blockno)
{
  if (blockno == 0)
    return;
  if (!is_data(blockno))
    breach("F2: inode %u has block %u, which is no data block", inum, blockno);
  else if (owner[blockno])
    breach("F2: inodes %u and %u have block %u", owner[blockno], inum, blockno);
  else
    owner[blockno] = inum;
}

static void check_inode(uint inum, const struct dinode *inode)
{
  if (inode->type < T_DIR || inode->type > T_DEVICE)
    breach("F1: inode %u has type %d", inum, inode->type);
  if (inode->size > MAXFILE * BSIZE)
    breach("F1: inode %u has size %u", inum, inode->size);
  own(inum, inode->addrs[NDIRECT]);
  for (uint index = 0; index < MAXFILE; index++) {
    uint blockno = block_of_file(inode, index);
    own(inum, blockno);
    if (blockno == 0 && index * BSIZE < inode->size)
      breach("F1: inode %u lacks its block %u", inum, index);
  }
}

static void check_bitmap(void)
{
  for (uint blockno = 0; blockno < sb.size; blockno++) {
    uint bit = blockno % BPB;
    bool used = block_at(BBLOCK(blockno, sb))[bit / 8] >> bit % 8 & 1;
    if (is_data(blockno) && used != (owner[blockno] != 0))
      breach("F3: block %u is marked %d and belongs to %u", blockno, used,
             owner[blockno]);
  }
}

static void check_entry(uint dir, uint at, const struct dirent *entry)
{
  if (entry->inum >= sb.ninodes || inode_at(entry->inum)->type == 0) {
    breach("F4: directory %u names inode %u", dir, entry->inum);
    return;
  }
  if (at == 0) {
    if (strcmp(entry->name, ".") || entry->inum != dir)
      breach("F5: . of directory %u is %u", dir, entry->inum);
  } else if (at == sizeof(*entry)) {
    if (strcmp(entry->name, ".."))
      breach("F5: directory %u has no ..", dir);
    parent[dir] = entry->inum;
  } else {
    names[entry->inum]++;
    holder[entry->inum] = dir;
    if (inode_at(entry->inum)->type == T_DIR)
      subdirs[dir]++;
  }
}

static void check_directory(uint inum, const struct dinode *dir)
{
  for (uint at = 0; at < dir->size; at += sizeof(struct dirent)) {
    uint blockno = block_of_file(dir, at / BSIZE);
    if (!is_data(blockno))
      continue;
    const struct dirent *entry =
        (const struct dirent *)(block_at(blockno) + at % BSIZE);
    if (entry->inum != 0)
      check_entry(inum, at, entry);
  }
}

static void check_links(uint inum, const struct dinode *inode)
{
  uint links = names[inum];
  if (inode->type == T_DIR) {
    if (links != (inum != ROOTINO))
      breach("F5: directory %u has %u names", inum, links);
    if (parent[inum] != (inum == ROOTINO ? ROOTINO : holder[inum]))
      breach("F5: directory %u has the parent %u", inum, parent[inum]);
    links = 1 + subdirs[inum];
  }
  if (inode->nlink < 0 || (uint)inode->nlink != links)
    breach("F6: inode %u has nlink %d, and %u links", inum, inode->nlink,
           links);
}

static void for_inodes(short type,
                       void (*check)(uint inum, const struct dinode *inode))
{
  for (uint inum = ROOTINO; inum < sb.ninodes; inum++) {
    const struct dinode *inode = inode_at(inum);
    if (inode->type != 0 && (type == 0 || inode->type == type))
      check(inum, inode);
  }
}

int fsck(const uint8 *image)
{
  disk = image;
  breaches = 0;
  memcpy(&sb, block_at(1), sizeof(sb));
  owner = calloc(sb.size, sizeof(uint));
  names = calloc(sb.ninodes, sizeof(uint));
  subdirs = calloc(sb.ninodes, sizeof(uint));
  parent = calloc(sb.ninodes, sizeof(uint));
  holder = calloc(sb.ninodes, sizeof(uint));
  for_inodes(0, check_inode);
  check_bitmap();
  for_inodes(T_DIR, check_directory);
  for_inodes(0, check_links);
  free(owner);
  free(names);
  free(subdirs);
  free(parent);
  free(holder);
  return breaches;
}
