/* The superblock, checked. */
#include "fs/super.h"
#include "dev/disk.h"
#include "fs/block.h"
#include "fs/buf.h"
#include "fs/inode.h"
#include "lib/string.h"

#define SUPER_BLOCK 1

struct superblock super;

/* How many groups of per hold count things. */
static uint64 groups(uint64 count, uint64 per)
{
  return (count + per - 1) / per;
}

/* The parts in order, none over another, all in 64 bits so that no sum
 * wraps. */
static const char *check(const struct superblock *sb)
{
  uint64 end_op = (uint64)sb->logstart + sb->nlog;
  uint64 inodes_end = sb->inodestart + groups(sb->ninodes, IPB);
  uint64 bitmap_end = sb->bmapstart + groups(sb->size, BPB);

  if (sb->magic != FSMAGIC)
    return "there is no file system on it";
  if (sb->size > disk_size() / BSIZE)
    return "the file system is larger than the disk";
  if (sb->logstart <= SUPER_BLOCK || end_op > sb->inodestart)
    return "the log is misplaced";
  if (sb->nlog < 1 + MAXOPBLOCKS)
    return "the log is too small";
  if (sb->ninodes <= ROOTINO)
    return "there are no inodes";
  if (inodes_end > sb->bmapstart)
    return "the inodes are misplaced";
  if (sb->nblocks > sb->size || bitmap_end > sb->size - sb->nblocks)
    return "the bitmap is misplaced";
  return NULL;
}

const char *super_read(void)
{
  memset(&super, 0, sizeof(super));
  if (disk_size() / BSIZE <= SUPER_BLOCK)
    return "the disk is too small for a file system";
  struct buf *buf = bread(SUPER_BLOCK);
  if (!buf)
    return "the superblock cannot be read";
  struct superblock found;
  memcpy(&found, buf->data, sizeof(found));
  brelse(buf);
  const char *problem = check(&found);
  if (!problem)
    super = found;
  return problem;
}

static const char *check_root(void)
{
  const char *problem = NULL;
  struct inode *root = iget(ROOTINO);
  if (ilock(root) < 0) {
    problem = "the root directory cannot be read";
  } else {
    if (root->disk.type != T_DIR || root->disk.nlink == 0)
      problem = "the root is no directory";
    iunlock(root);
  }
  iput(root);
  return problem;
}

const char *fsinit(void)
{
  const char *problem = super_read();
  if (!problem)
    problem = log_mount();
  if (problem)
    return problem;
  block_mount();
  problem = check_root();
  if (!problem)
    ireclaim();
  return problem;
}

uint super_bitmaps(void)
{
  return groups(super.size, BPB);
}
