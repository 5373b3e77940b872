/* Mounting the disk, its superblock, and the free bitmap. The bitmap has one
 * bit for each block of the disk, 1 for a block in use; mkfs marks what lies
 * before the data area as in use for ever. To take or free a block is to change
 * a bit inside a transaction, so a crash never leaves a block that is taken and
 * in no file.
 *
 * Lock order: the caller's inode, then the bitmap's lock, which guards all of
 * the bitmap: its blocks have no locks of their own.
 *
 * Read first: kernel/fs.h, fs/bio.h, fs/log.h. */
#include "fs/super.h"
#include "dev/disk.h"
#include "fs/bio.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "fs/namecache.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

#define SUPER_BLOCK 1
#define INODE_NUMBERS 65536 /* directory entries hold one in 16 bits */

/* Where in its block of the bitmap the bit of a block is. */
#define BYTE(blockno) ((blockno) % BPB / 8)
#define BIT(blockno) (1 << (blockno) % 8)

struct superblock super;

static struct {
  struct sleeplock lock; /* guards its blocks, too */
  uint64 first_free;     /* no data block below this one is free */
  struct buf *last;      /* the block of it that was used last, or NULL */
} bitmap;

/* Read the superblock and check it: the parts of the disk must lie in order,
 * none over another. The sums are of 64 bits, so that none wraps. */
static const char *super_read(void)
{
  if (disk_blocks() <= SUPER_BLOCK)
    return "the disk is too small for a file system";
  struct buf *buf = bread(SUPER_BLOCK);
  if (!buf)
    return "the superblock cannot be read";
  memcpy(&super, buf->data, sizeof(super));
  brelse(buf);

  uint64 log_end = (uint64)super.logstart + super.nlog;
  uint64 inodes_end =
      super.inodestart + ((uint64)super.ninodes + IPB - 1) / IPB;
  uint64 bitmap_end = (uint64)super.bmapstart + super_bitmaps();
  if (super.magic != FSMAGIC)
    return "there is no file system on it";
  if (super.size > disk_blocks())
    return "the file system is larger than the disk";
  if (super.logstart <= SUPER_BLOCK || log_end > super.inodestart)
    return "the log is misplaced";
  if (super.nlog < 1 + MAXOPBLOCKS)
    return "the log is too small";
  if (super.ninodes <= ROOTINO)
    return "there are no inodes";
  if (inodes_end > super.bmapstart)
    return "the inodes are misplaced";
  if (super.nblocks > super.size || bitmap_end > super_data_start())
    return "the bitmap is misplaced";
  super.ninodes = min_u64(super.ninodes, INODE_NUMBERS);
  return NULL;
}

const char *fsinit(void)
{
  const char *problem = super_read();
  /* What the log holds is newer than what inodes and the bitmap say. */
  if (!problem)
    problem = log_mount();
  if (problem)
    return problem;
  initsleeplock(&bitmap.lock, "free bitmap");
  bitmap.first_free = super_data_start();
  bitmap.last = NULL;
  namecache_init();

  struct inode *root = iget(ROOTINO);
  if (ilock(root) < 0) {
    problem = "the root directory cannot be read";
  } else {
    if (root->disk.type != T_DIR || root->disk.nlink == 0)
      problem = "the root is no directory";
    iunlock(root);
  }
  iput(root);
  if (!problem)
    ireclaim();
  return problem;
}

/* Under the lock: the bitmap's block for this one, or NULL on a disk error. */
static struct buf *bitmap_of(uint64 block)
{
  uint number = BBLOCK(block, super);
  if (bitmap.last && bitmap.last->entry.number == number)
    return bitmap.last;
  struct buf *buf = bget(number);
  if (bload(&buf, 1) < 0) {
    bput(buf);
    return NULL;
  }
  bput(bitmap.last);
  return bitmap.last = buf;
}

int balloc(struct transaction *tx, uint *blockno)
{
  bool taken = false;
  acquiresleep(&bitmap.lock);
  uint64 block = bitmap.first_free; /* it may come to 2^32 */
  while (!taken && block < super.size) {
    struct buf *buf = bitmap_of(block);
    if (!buf)
      break;
    /* Search as far as this block of the bitmap goes, full bytes at once. */
    uint end = min_u64(super.size, block - block % BPB + BPB);
    while (block < end && buf->data[BYTE(block)] & BIT(block))
      block += BIT(block) == 1 && buf->data[BYTE(block)] == 0xFF ? 8 : 1;
    taken = block < end;
    if (taken) {
      log_write(tx, buf);
      buf->data[BYTE(block)] |= BIT(block);
    }
  }
  bitmap.first_free = block;
  releasesleep(&bitmap.lock);
  if (!taken)
    return -1;

  /* What the disk has in the block does not matter, so it is not read. */
  struct buf *buf = bget(block);
  log_write(tx, buf);
  bclear(buf);
  bput(buf);
  *blockno = block;
  return 0;
}

int bfree(struct transaction *tx, uint blockno)
{
  assert(super_is_data(blockno));
  acquiresleep(&bitmap.lock);
  struct buf *buf = bitmap_of(blockno);
  if (buf) {
    if (!(buf->data[BYTE(blockno)] & BIT(blockno)))
      printk("fs: block %u was in use and is marked free\n", blockno);
    log_write(tx, buf);
    buf->data[BYTE(blockno)] &= ~BIT(blockno);
    bitmap.first_free = min_u64(bitmap.first_free, blockno);
  }
  releasesleep(&bitmap.lock);
  return buf ? 0 : -1;
}
