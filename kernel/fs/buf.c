/* The buffer cache. */
#include "fs/buf.h"
#include "dev/disk.h"
#include "fs/super.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page.h"

#define NBUF 1024
#define BLOCKS_PER_PAGE (PGSIZE / BSIZE)
static_assert(NBUF % BLOCKS_PER_PAGE == 0, "pages hold whole blocks");

static struct cache blocks;
static struct buf bufs[NBUF];

void buf_init(void)
{
  uint8 *page = NULL;
  cache_init(&blocks, "buffer cache");
  for (uint i = 0; i < NBUF; i++) {
    if (i % BLOCKS_PER_PAGE == 0)
      page = page_alloc();
    if (!page)
      panic("no memory for the buffer cache");
    struct buf *buf = &bufs[i];
    initsleeplock(&buf->lock, "disk block");
    buf->data = page + i % BLOCKS_PER_PAGE * BSIZE;
    buf->in_group = false;
    cache_add(&blocks, &buf->entry);
  }
}

/* Locks of the data area are taken before that of the free bitmap, those of
 * its own blocks after it. */
static const char *lock_name(uint blockno)
{
  return super_is_data(blockno) ? "data block" : "disk block";
}

static struct buf *get_locked(uint blockno)
{
  struct cache_entry *entry = cache_get(&blocks, blockno);
  /* The log pins some dozens and a thread holds a few, so one is idle. */
  assert(entry);
  struct buf *buf = CONTAINER_OF(entry, struct buf, entry);
  if (DEBUG)
    sleeplock_rename(&buf->lock, lock_name(blockno));
  acquiresleep(&buf->lock);
  return buf;
}

struct buf *buf_read(uint blockno)
{
  struct buf *buf = get_locked(blockno);
  if (!buf->entry.valid) {
    if (disk_read((uint64)blockno * BSIZE, buf->data, BSIZE) < 0) {
      buf_release(buf);
      return NULL;
    }
    buf->entry.valid = true;
  }
  return buf;
}

struct buf *buf_zeroed(uint blockno)
{
  struct buf *buf = get_locked(blockno);
  memset(buf->data, 0, BSIZE);
  buf->entry.valid = true;
  return buf;
}

void buf_release(struct buf *buf)
{
  releasesleep(&buf->lock);
  cache_put(&buf->entry);
}

void buf_hold(struct buf *buf)
{
  cache_hold(&buf->entry);
}

void buf_drop(struct buf *buf)
{
  cache_put(&buf->entry);
}
