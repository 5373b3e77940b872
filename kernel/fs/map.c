/* Block numbers of a file. At most one block of the data area is locked at a
 * time: on a damaged disk two numbers may be the same. */
#include "fs/map.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

static_assert(NINDIRECT % MAP_WINDOW == 0, "windows cover the indirect block");

/* Whether a number, which is not 0, may be used. */
static bool is_good(const struct inode *inode, uint blockno)
{
  if (super_is_data(blockno))
    return true;
  printk("fs: inode %u has the bad block number %u\n", inode->entry.number,
         blockno);
  return false;
}

void map_forget(struct inode *inode)
{
  memset(&inode->window, 0, sizeof(inode->window));
}

/* Move the window to where slot of the indirect block is in it; all 0 if there
 * is no such block. */
static int move_window(struct inode *inode, uint slot)
{
  struct map_window *window = &inode->window;
  uint indirect = inode->disk.addrs[NDIRECT];
  map_forget(inode);
  if (indirect == 0)
    return 0;
  if (!is_good(inode, indirect))
    return -1;
  struct buf *buf = bread(indirect);
  if (!buf)
    return -1;
  window->first = slot - slot % MAP_WINDOW;
  memcpy(window->number, (uint *)buf->data + window->first,
         sizeof(window->number));
  brelse(buf);
  return 0;
}

/* The number in slot of the indirect block, 0 if there is no such block. */
static int read_indirect(struct inode *inode, uint slot, uint *blockno)
{
  const struct map_window *window = &inode->window;
  uint at = slot % MAP_WINDOW;
  if ((slot - at != window->first || window->number[at] == 0) &&
      move_window(inode, slot) < 0)
    return -1;
  *blockno = window->number[at];
  return 0;
}

int bmap(struct inode *inode, uint index, uint *blockno)
{
  assert(index < MAXFILE);
  if (index < NDIRECT)
    *blockno = inode->disk.addrs[index];
  else if (read_indirect(inode, index - NDIRECT, blockno) < 0)
    return -1;
  return *blockno == 0 || is_good(inode, *blockno) ? 0 : -1;
}

/* Allocate a block for an empty slot of the indirect block. That one joins the
 * transaction first, so that reading it again cannot fail. */
static int fill_indirect(struct transaction *tx, uint indirect, uint slot,
                         uint *blockno)
{
  struct buf *buf = bread(indirect);
  if (!buf)
    return -1;
  log_write(tx, buf);
  brelse(buf);
  if (balloc(tx, blockno) < 0)
    return -1;
  buf = bread(indirect);
  assert(buf);
  ((uint *)buf->data)[slot] = *blockno;
  brelse(buf);
  return 0;
}

int bmap_alloc(struct transaction *tx, struct inode *inode, uint index,
               uint *blockno)
{
  if (bmap(inode, index, blockno) < 0)
    return -1;
  if (*blockno != 0)
    return 0;
  uint *addrs = inode->disk.addrs;
  if (index >= NDIRECT) {
    if (addrs[NDIRECT] == 0 && balloc(tx, &addrs[NDIRECT]) < 0)
      return -1;
    return fill_indirect(tx, addrs[NDIRECT], index - NDIRECT, blockno);
  }
  if (balloc(tx, blockno) < 0)
    return -1;
  addrs[index] = *blockno;
  return 0;
}

/* Free the blocks that entry[0..*count-1] name, from the end, and clear the
 * entries; *count goes down to where it stopped. */
static int free_entries(struct transaction *tx, const struct inode *inode,
                        uint *entry, uint *count)
{
  for (; *count > 0 && tx->room > 0; --*count) {
    uint *blockno = &entry[*count - 1];
    if (*blockno && is_good(inode, *blockno) && bfree(tx, *blockno) < 0)
      return -1;
    *blockno = 0;
  }
  return 0;
}

/* Free what the indirect block names, then the indirect block. */
static int shrink_indirect(struct transaction *tx, struct inode *inode,
                           uint *left)
{
  uint *indirect = &inode->disk.addrs[NDIRECT];
  uint count = 0;
  if (*indirect && is_good(inode, *indirect)) {
    struct buf *buf = bread(*indirect);
    if (!buf)
      return -1;
    log_write(tx, buf);
    count = NINDIRECT;
    int result = free_entries(tx, inode, (uint *)buf->data, &count);
    brelse(buf);
    if (result < 0)
      return -1;
  }
  *left = NDIRECT + count;
  if (count > 0)
    return 0;
  uint the_indirect = 1;
  return free_entries(tx, inode, indirect, &the_indirect);
}

/* If there was no room for the indirect block, there is none for the others
 * either, and they show that there is more to do. */
int map_shrink(struct transaction *tx, struct inode *inode, uint *left)
{
  *left = MAXFILE;
  map_forget(inode);
  if (shrink_indirect(tx, inode, left) < 0)
    return -1;
  if (*left > NDIRECT)
    return 0;
  return free_entries(tx, inode, inode->disk.addrs, left);
}
