/* The buffer cache. */
#include "fs/buf.h"
#include "fs/super.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page.h"

#define BLOCKS_PER_PAGE (PGSIZE / BSIZE)
static_assert(NBUF % BLOCKS_PER_PAGE == 0, "pages hold whole blocks");

static struct cache blocks;
static struct buf bufs[NBUF];

void binit(void)
{
  uint8 *page = NULL;
  cache_init(&blocks, "buffer cache");
  for (uint i = 0; i < NBUF; i++) {
    if (i % BLOCKS_PER_PAGE == 0)
      page = kalloc();
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

/* The block with a reference, not locked. */
static struct buf *get(uint blockno)
{
  /* By the count of them in inode.c, one is always left. */
  struct buf *buf =
      CONTAINER_OF(cache_get(&blocks, blockno), struct buf, entry);
  if (DEBUG)
    sleeplock_rename(&buf->lock, lock_name(blockno));
  return buf;
}

/* Ask the disk for a locked block, and take in what it gives: 0 or -1. */
static void start_reading(struct buf *buf)
{
  buf->request = (struct disk_request){
      .op = DISK_READ,
      .offset = (uint64)buf->entry.number * BSIZE,
      .data = buf->data,
      .nbytes = BSIZE,
  };
  disk_start(&buf->request);
}

static int finish_reading(struct buf *buf)
{
  buf->entry.valid = disk_wait(&buf->request) == 0;
  return buf->entry.valid ? 0 : -1;
}

/* Read a locked block if need be. 0 or -1. */
static int fill(struct buf *buf)
{
  if (buf->entry.valid)
    return 0;
  start_reading(buf);
  return finish_reading(buf);
}

struct buf *bread(uint blockno)
{
  struct buf *buf = get(blockno);
  acquiresleep(&buf->lock);
  if (fill(buf) == 0)
    return buf;
  brelse(buf);
  return NULL;
}

struct buf *buf_zeroed(uint blockno)
{
  struct buf *buf = get(blockno);
  acquiresleep(&buf->lock);
  memset(buf->data, 0, BSIZE);
  buf->entry.valid = true;
  return buf;
}

/* The block, locked, in its place. */
static inline struct buf *lock_kept(buf_place *place, uint blockno)
{
  if (!*place || (*place)->entry.number != blockno) {
    buf_forget(place);
    *place = get(blockno);
  }
  acquiresleep(&(*place)->lock);
  return *place;
}

struct buf *buf_read_kept(buf_place *place, uint blockno)
{
  struct buf *buf = lock_kept(place, blockno);
  if (fill(buf) == 0)
    return buf;
  buf_unlock(buf);
  return NULL;
}

struct buf *buf_find_kept(buf_place *place, uint blockno)
{
  struct buf *buf = lock_kept(place, blockno);
  if (buf->entry.valid)
    return buf;
  buf_unlock(buf);
  return NULL;
}

void buf_unlock(struct buf *buf)
{
  releasesleep(&buf->lock);
}

void buf_forget(buf_place *place)
{
  if (*place)
    buf_drop(*place);
  *place = NULL;
}

/* Begin to read the block if it is not in memory: then it is locked. NULL: it
 * is there, or somebody is at work on it. */
static struct buf *begin_fetch(uint blockno)
{
  struct buf *buf = get(blockno);
  if (tryacquiresleep(&buf->lock)) {
    if (!buf->entry.valid) {
      start_reading(buf);
      return buf;
    }
    releasesleep(&buf->lock);
  }
  buf_drop(buf);
  return NULL;
}

/* Several blocks are locked here at a time, in any order. That is no deadlock:
 * none of them is waited for. */
void buf_fetch(const uint *blockno, uint count)
{
  struct buf *begun[BUF_FETCH_MAX];
  uint nbegun = 0;
  assert(count <= BUF_FETCH_MAX);
  for (uint i = 0; i < count; i++) {
    begun[nbegun] = begin_fetch(blockno[i]);
    if (begun[nbegun])
      nbegun++;
  }
  for (uint i = 0; i < nbegun; i++) {
    (void)finish_reading(begun[i]);
    brelse(begun[i]);
  }
}

uint bufs_held(void)
{
  uint count = 0;
  for (uint i = 0; i < NBUF; i++)
    count += cache_is_held(&bufs[i].entry);
  return count;
}

void brelse(struct buf *buf)
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
