/* Reading and writing the bytes of an inode. */
#include "fs/content.h"

/* The bytes of nbytes at offset that lie in one block. */
static uint in_one_block(uint offset, uint nbytes)
{
  return min_u64(nbytes, BSIZE - offset % BSIZE);
}

/* Bring block index into memory, and with it those that follow: who reads one
 * mostly goes on, and the disk gives many about as soon as one. */
static void read_ahead(struct inode *inode, uint index)
{
  uint blockno[BUF_FETCH_MAX];
  uint count = 0;
  uint end = (inode->disk.size + BSIZE - 1) / BSIZE;
  for (; index < end && count < BUF_FETCH_MAX; index++) {
    if (bmap(inode, index, &blockno[count]) < 0)
      break;
    if (blockno[count] != 0)
      count++;
  }
  buf_fetch(blockno, count);
}

/* Block index of the content, which has this number, locked. NULL on a disk
 * error. */
static struct buf *get_block(struct inode *inode, uint index, uint blockno)
{
  struct buf *buf = buf_find_kept(&inode->last_block, blockno);
  if (buf)
    return buf;
  read_ahead(inode, index);
  return buf_read_kept(&inode->last_block, blockno);
}

/* Copy nbytes at offset, part of one block, out; if that was never written, it
 * reads as zero. */
static int read_block(struct inode *inode, uint offset, struct uio uio,
                      uint64 uio_offset, uint nbytes)
{
  static const uint8 hole[BSIZE];
  uint blockno;
  if (bmap(inode, offset / BSIZE, &blockno) < 0)
    return -1;
  if (blockno == 0)
    return copy_to_uio(uio, uio_offset, hole, nbytes);
  struct buf *buf = get_block(inode, offset / BSIZE, blockno);
  if (!buf)
    return -1;
  const uint8 *from = buf->data + offset % BSIZE;
  int result = copy_to_uio(uio, uio_offset, from, nbytes);
  buf_unlock(buf);
  return result;
}

int readi(struct inode *inode, struct uio uio, uint offset, uint nbytes)
{
  if (offset >= inode->disk.size)
    return 0;
  nbytes = min_u64(nbytes, inode->disk.size - offset);
  uint step;
  for (uint done = 0; done < nbytes; done += step) {
    step = in_one_block(offset + done, nbytes - done);
    if (read_block(inode, offset + done, uio, done, step) < 0)
      return -1;
  }
  return nbytes;
}

/* Write nbytes at offset, part of one block. If the place turns out bad half
 * way, the block has changed and is logged as it is: what readers see is what
 * the disk gets. */
static int write_block(struct transaction *tx, struct inode *inode, uint offset,
                       struct uio uio, uint64 uio_offset, uint nbytes)
{
  uint blockno;
  if (bmap_alloc(tx, inode, offset / BSIZE, &blockno) < 0)
    return -1;
  struct buf *buf = get_block(inode, offset / BSIZE, blockno);
  if (!buf)
    return -1;
  log_write(tx, buf);
  uint8 *to = buf->data + offset % BSIZE;
  int result = copy_from_uio(to, uio, uio_offset, nbytes);
  buf_unlock(buf);
  return result;
}

int writei(struct transaction *tx, struct inode *inode, struct uio uio,
           uint64 uio_offset, uint offset, uint nbytes)
{
  if (offset > inode->disk.size || nbytes > MAX_FILE_SIZE - offset)
    return -1;
  if (nbytes == 0)
    return 0;
  if (inode_join(tx, inode) < 0)
    return -1;
  uint done = 0;
  while (done < nbytes && tx->room >= MAP_MAKE_BLOCKS) {
    uint step = in_one_block(offset + done, nbytes - done);
    if (write_block(tx, inode, offset + done, uio, uio_offset + done, step) < 0)
      break;
    done += step;
  }
  inode->disk.size = max_u64(inode->disk.size, offset + done);
  iupdate(tx, inode);
  return done > 0 ? (int)done : -1;
}

int content_shrink(struct transaction *tx, struct inode *inode)
{
  if (inode_join(tx, inode) < 0)
    return -1;
  uint left;
  int result = map_shrink(tx, inode, &left);
  inode->disk.size = min_u64(inode->disk.size, left * BSIZE);
  iupdate(tx, inode);
  return result < 0 ? -1 : left > 0;
}

/* One transaction's part of clearing; results as content_shrink's. */
static int clear_some(struct inode *inode, content_finish finish)
{
  struct transaction tx;
  if (begin_op(&tx, MAXOPBLOCKS) < 0)
    return -1;
  int left = -1;
  if (ilock(inode) == 0) {
    left = content_shrink(&tx, inode);
    if (left == 0 && finish)
      finish(&tx, inode);
    iunlock(inode);
  }
  end_op(&tx);
  return left;
}

int itrunc(struct inode *inode, content_finish finish)
{
  int left;
  do
    left = clear_some(inode, finish);
  while (left > 0);
  return left;
}
