/* Blocks and inodes are taken in rising order, so what is in use is known by
 * two numbers; the bitmap is kept up as blocks are taken. */
#include "mkfs/image.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/stat.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the disk is little-endian, and this program copies whole structures"
#endif

#define SUPER_BLOCK 1
#define INODE_NUMBERS 65536 /* a directory entry has 16 bits for it */
#define BITS_PER_BYTE 8

static uint groups(uint count, uint per)
{
  return count / per + (count % per != 0);
}

static unsigned char *block_at(struct image *image, uint blockno)
{
  return image->bytes + (size_t)blockno * BSIZE;
}

static struct dinode *inode_at(struct image *image, uint inum)
{
  struct dinode *inodes =
      (struct dinode *)block_at(image, IBLOCK(inum, image->super));
  return inodes + inum % IPB;
}

static void mark_used(struct image *image, uint blockno)
{
  uint bit = blockno % BPB;
  unsigned char *bitmap = block_at(image, BBLOCK(blockno, image->super));
  bitmap[bit / BITS_PER_BYTE] |= 1 << bit % BITS_PER_BYTE;
}

/* A new block, all zero. False if there is none. */
static bool take_block(struct image *image, uint *blockno)
{
  if (image->next_block >= image->super.size)
    return false;
  *blockno = image->next_block++;
  mark_used(image, *blockno);
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
  uint *place = &inode->addrs[index];
  if (index >= NDIRECT) {
    uint *indirect = &inode->addrs[NDIRECT];
    if (!take_if_missing(image, indirect))
      return full;
    place = (uint *)block_at(image, *indirect) + (index - NDIRECT);
  }
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
    memcpy(block_at(image, blockno) + start, from, step);
    inode->size += step;
    from += step;
    nbytes -= step;
  }
  return NULL;
}

static const char *take_inode(struct image *image, short type, uint *inum)
{
  if (image->next_inode >= image->super.ninodes)
    return "there are not enough inodes for the files";
  *inum = image->next_inode++;
  struct dinode *inode = inode_at(image, *inum);
  inode->type = type;
  inode->nlink = 1;
  return NULL;
}

static const char *add_entry(struct image *image, const char *name, uint inum)
{
  struct dirent entry = {.inum = inum};
  memcpy(entry.name, name, strlen(name));
  return append(image, inode_at(image, ROOTINO), &entry, sizeof(entry));
}

static bool has_entry(struct image *image, const char *name)
{
  struct dinode *root = inode_at(image, ROOTINO);
  for (uint at = 0; at < root->size; at += sizeof(struct dirent)) {
    struct dirent entry;
    uint blockno;
    if (find_block(image, root, at / BSIZE, &blockno))
      return false;
    memcpy(&entry, block_at(image, blockno) + at % BSIZE, sizeof(entry));
    if (strncmp(entry.name, name, DIRSIZ) == 0)
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
  super->bmapstart = super->inodestart + groups(ninodes, IPB);
  uint data_start = super->bmapstart + groups(size, BPB);
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
  const char *problem = lay_out(&image->super, size, ninodes, log_blocks);
  if (problem)
    return problem;
  image->bytes = calloc(size, BSIZE);
  if (!image->bytes)
    return "there is not enough memory";
  memcpy(block_at(image, SUPER_BLOCK), &image->super, sizeof(image->super));
  image->next_block = size - image->super.nblocks;
  image->next_inode = ROOTINO;
  for (uint blockno = 0; blockno < image->next_block; blockno++)
    mark_used(image, blockno);
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
    problem = append(image, inode_at(image, inum), data, nbytes);
  if (!problem)
    problem = add_entry(image, name, inum);
  return problem;
}

void image_free(struct image *image)
{
  free(image->bytes);
  image->bytes = NULL;
}
