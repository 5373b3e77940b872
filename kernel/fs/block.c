/* The free bitmap. Order: the caller's inode and block, then the bitmap's
 * lock, then one bitmap block. */
#include "fs/block.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/print.h"

#define BITS_PER_BYTE 8

static struct {
  struct sleeplock lock;
  uint first_free; /* no data block below this one is free */
} bitmap;

void block_mount(void)
{
  initsleeplock(&bitmap.lock, "free bitmap");
  bitmap.first_free = super_data_start();
}

static uint8 bit_mask(uint bit)
{
  return 1 << bit % BITS_PER_BYTE;
}

/* The first clear bit in [bit, end) of a bitmap block; end if there is none. */
static uint find_clear(const uint8 *bytes, uint bit, uint end)
{
  while (bit < end) {
    if (bytes[bit / BITS_PER_BYTE] == 0xFF)
      bit = (bit / BITS_PER_BYTE + 1) * BITS_PER_BYTE;
    else if (bytes[bit / BITS_PER_BYTE] & bit_mask(bit))
      bit++;
    else
      return bit;
  }
  return end;
}

/* Take the first free block at or after *blockno that the same bitmap block
 * covers. 1: *blockno is it; 0: there is none, *blockno is the first one that
 * the next bitmap block covers; -1: disk error. */
static int take_from(struct transaction *tx, uint *blockno)
{
  uint base = *blockno - *blockno % BPB;
  uint end = min_u64(BPB, super.size - base);
  struct buf *buf = bread(BBLOCK(base, super));
  if (!buf)
    return -1;
  uint bit = find_clear(buf->data, *blockno % BPB, end);
  *blockno = base + bit;
  if (bit < end) {
    log_write(tx, buf);
    buf->data[bit / BITS_PER_BYTE] |= bit_mask(bit);
  }
  brelse(buf);
  return bit < end;
}

int balloc(struct transaction *tx, uint *blockno)
{
  int taken = 0;
  acquiresleep(&bitmap.lock);
  uint candidate = bitmap.first_free;
  while (taken == 0 && candidate < super.size)
    taken = take_from(tx, &candidate);
  if (taken >= 0)
    bitmap.first_free = candidate;
  releasesleep(&bitmap.lock);
  if (taken <= 0)
    return -1;

  struct buf *buf = buf_zeroed(candidate);
  log_write(tx, buf);
  brelse(buf);
  *blockno = candidate;
  return 0;
}

int bfree(struct transaction *tx, uint blockno)
{
  assert(super_is_data(blockno));
  acquiresleep(&bitmap.lock);
  struct buf *buf = bread(BBLOCK(blockno, super));
  if (buf) {
    uint8 *byte = &buf->data[blockno % BPB / BITS_PER_BYTE];
    if (!(*byte & bit_mask(blockno)))
      printk("fs: block %u was in use and is marked free\n", blockno);
    log_write(tx, buf);
    *byte &= ~bit_mask(blockno);
    if (blockno < bitmap.first_free)
      bitmap.first_free = blockno;
    brelse(buf);
  }
  releasesleep(&bitmap.lock);
  return buf ? 0 : -1;
}
