/* Blocks and inodes are taken in rising order, so what is in use is known by
 * two numbers; the bitmap is kept up as blocks are taken. */
#include "mkfs/image.h"
#include <stdlib.h>
#include <string.h>
#include "kernel/stat.h"

/* A new block, all zero. False if there is none. */
static bool take_block(struct image *image, uint *blockno)
{
  if (image->next_block >= image->disk.super.size)
    return false;
  *blockno = image->next_block++;
  disk_mark(&image->disk, *blockno, true);
  return true;
}

static bool take_if_missing(struct image *image, uint *blockno)
{
  return *blockno != 0 || take_block(image, blockno);
}

/* The block that holds block index of the file, made if it is missing. */
static const char *find_block(struct image *image, struct dinode *inode,
                              uint index, uint *blockno)
{
  static const char full[] = "the disk is too small for the files";
  if (index >= NDIRECT && !take_if_missing(image, &inode->addrs[NDIRECT]))
    return full;
  uint *place = disk_number_at(&image->disk, inode, index);
  if (!take_if_missing(image, place))
    return full;
  *blockno = *place;
  return NULL;
}

/* Add bytes at the end of a file. */
static const char *append(struct image *image, struct dinode *inode,
                          const void *data, size_t nbytes)
{
  const unsigned char *from = data;
  if (nbytes > MAXFILE * BSIZE - inode->size)
    return "the file is too large";
  while (nbytes > 0) {
    uint blockno, start = inode->size % BSIZE;
    size_t step = nbytes < BSIZE - start ? nbytes : BSIZE - start;
    const char *problem =
        find_block(image, inode, inode->size / BSIZE, &blockno);
    if (problem)
      return problem;
    uchar *block = disk_block(&image->disk, blockno);
    memcpy(block + start, from, step);
    inode->size += step;
    from += step;
    nbytes -= step;
  }
  return NULL;
}

static const char *take_inode(struct image *image, short type, uint *inum)
{
  if (image->next_inode >= image->disk.super.ninodes)
    return "there are not enough inodes for the files";
  *inum = image->next_inode++;
  struct dinode *inode = disk_inode(&image->disk, *inum);
  inode->type = type;
  inode->nlink = 1;
  return NULL;
}

static const char *add_entry(struct image *image, const char *name, uint inum)
{
  struct dirent entry = {.inum = inum};
  memcpy(entry.name, name, strlen(name));
  return append(image, disk_inode(&image->disk, ROOTINO), &entry,
                sizeof(entry));
}

static bool has_entry(struct image *image, const char *name)
{
  struct dinode *root = disk_inode(&image->disk, ROOTINO);
  for (uint at = 0; at < root->size; at += sizeof(struct dirent)) {
    const struct dirent *entry =
        disk_entry_at(&image->disk, root, at / sizeof(struct dirent));
    if (entry && strncmp(entry->name, name, DIRSIZ) == 0)
      return true;
  }
  return false;
}

/* Where the parts go. */
static const char *lay_out(struct superblock *super, uint size, uint ninodes,
                           uint log_blocks)
{
  if (log_blocks < MAXOPBLOCKS || log_blocks > LOGBLOCKS)
    return "the log must have 10 to 30 blocks";
  if (ninodes <= ROOTINO || ninodes > INODE_NUMBERS)
    return "there must be 2 to 65536 inodes";
  *super =
      (struct superblock){.magic = FSMAGIC, .size = size, .ninodes = ninodes};
  super->nlog = 1 + log_blocks;
  super->logstart = SUPER_BLOCK + 1;
  super->inodestart = super->logstart + super->nlog;
  super->bmapstart = super->inodestart + disk_groups(ninodes, IPB);
  uint data_start = super->bmapstart + disk_groups(size, BPB);
  if (size <= data_start)
    return "the disk is too small";
  super->nblocks = size - data_start;
  return NULL;
}

static const char *make_root(struct image *image)
{
  uint inum;
  const char *problem = take_inode(image, T_DIR, &inum);
  if (!problem)
    problem = add_entry(image, ".", ROOTINO);
  if (!problem)
    problem = add_entry(image, "..", ROOTINO);
  return problem;
}

const char *image_create(struct image *image, uint size, uint ninodes,
                         uint log_blocks)
{
  const char *problem = lay_out(&image->disk.super, size, ninodes, log_blocks);
  if (problem)
    return problem;
  image->disk.bytes = calloc(size, BSIZE);
  if (!image->disk.bytes)
    return "there is not enough memory";
  memcpy(disk_block(&image->disk, SUPER_BLOCK), &image->disk.super,
         sizeof(image->disk.super));
  image->next_block = size - image->disk.super.nblocks;
  image->next_inode = ROOTINO;
  for (uint blockno = 0; blockno < image->next_block; blockno++)
    disk_mark(&image->disk, blockno, true);
  problem = make_root(image);
  if (problem)
    image_free(image);
  return problem;
}

const char *image_add(struct image *image, const char *name, const void *data,
                      size_t nbytes)
{
  uint inum;
  if (*name == '\0')
    return "it has no name";
  if (strlen(name) > DIRSIZ)
    return "its name is longer than 14 bytes";
  if (has_entry(image, name))
    return "there is a file of this name already";
  const char *problem = take_inode(image, T_FILE, &inum);
  if (!problem)
    problem = append(image, disk_inode(&image->disk, inum), data, nbytes);
  if (!problem)
    problem = add_entry(image, name, inum);
  return problem;
}

void image_free(struct image *image)
{
  free(image->disk.bytes);
  image->disk.bytes = NULL;
}
