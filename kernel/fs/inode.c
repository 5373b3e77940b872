/* The table of inodes in memory; their blocks on the disk. */
#include "fs/inode.h"
#include "fs/content.h"
#include "fs/map.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

/* One for each open file and working directory, and for each process what it
 * holds while it follows a path. */
#define INODES_OF_A_PROCESS 4
#define NENTRY (NINODE + NFILE + NPROC * INODES_OF_A_PROCESS)

/* Directory entries hold a number in 16 bits. */
#define INODE_NUMBERS 65536

/* What inodes keep, what the log has twice, and what threads use. */
static_assert(NENTRY + 2 * LOGBLOCKS + (NPROC + 1) * BUF_FETCH_MAX <= NBUF,
              "some block is always left that nobody refers to");

static struct cache inodes;
static struct inode table[NENTRY];

static struct {
  struct sleeplock lock;
  uint first_free; /* no inode below this one is free */
} allocation;

void iinit(void)
{
  memset(table, 0, sizeof(table));
  cache_init(&inodes, "inodes");
  for (uint i = 0; i < NENTRY; i++) {
    initsleeplock(&table[i].lock, "inode");
    cache_add(&inodes, &table[i].entry);
  }
  initsleeplock(&allocation.lock, "inode allocation");
  allocation.first_free = ROOTINO;
}

static uint number_end(void)
{
  return min_u64(super.ninodes, INODE_NUMBERS);
}

/* The block that holds the inode, locked; NULL on a disk error. */
static struct buf *block_of(uint number)
{
  return bread(IBLOCK(number, super));
}

/* The inode in its block. */
static struct dinode *slot_of(struct buf *buf, uint number)
{
  return (struct dinode *)buf->data + number % IPB;
}

struct inode *iget(uint number)
{
  if (number < ROOTINO || number >= number_end())
    return NULL;
  /* By the count above, an entry is always left. */
  return CONTAINER_OF(cache_get(&inodes, number), struct inode, entry);
}

struct inode *idup(struct inode *inode)
{
  cache_hold(&inode->entry);
  return inode;
}

/* I2 */
static bool is_plausible(const struct dinode *disk)
{
  return disk->type >= T_DIR && disk->type <= T_DEVICE && disk->nlink >= 0 &&
         disk->size <= MAX_FILE_SIZE;
}

static int load(struct inode *inode)
{
  uint number = inode->entry.number;
  struct buf *buf = block_of(number);
  if (!buf)
    return -1;
  inode->disk = *slot_of(buf, number);
  brelse(buf);
  inode->removed_from = 0;
  map_forget(inode);
  if (inode->disk.type == 0)
    return -1;
  if (!is_plausible(&inode->disk)) {
    printk("fs: inode %u is damaged\n", number);
    return -1;
  }
  inode->entry.valid = true;
  return 0;
}

/* The second half of locking: see that the content is there. */
static int ensure_loaded(struct inode *inode)
{
  if (inode->entry.valid || load(inode) == 0)
    return 0;
  releasesleep(&inode->lock);
  return -1;
}

int ilock(struct inode *inode)
{
  acquiresleep(&inode->lock);
  return ensure_loaded(inode);
}

/* The same with another inode locked, whose number is less. */
static int lock_above(struct inode *inode)
{
  acquiresleep_another(&inode->lock);
  return ensure_loaded(inode);
}

void iunlock(struct inode *inode)
{
  releasesleep(&inode->lock);
}

int ilock_two(struct inode *a, struct inode *b)
{
  if (a == b)
    return -1;
  struct inode *first = a->entry.number < b->entry.number ? a : b;
  struct inode *second = first == a ? b : a;
  if (ilock(first) < 0)
    return -1;
  if (lock_above(second) < 0) {
    iunlock(first);
    return -1;
  }
  return 0;
}

void iunlockput(struct inode *inode)
{
  iunlock(inode);
  iput(inode);
}

int inode_join(struct transaction *tx, struct inode *inode)
{
  struct buf *buf = block_of(inode->entry.number);
  if (!buf)
    return -1;
  log_write(tx, buf);
  brelse(buf);
  return 0;
}

void iupdate(struct transaction *tx, struct inode *inode)
{
  struct buf *buf = block_of(inode->entry.number);
  assert(buf);
  log_write(tx, buf);
  *slot_of(buf, inode->entry.number) = inode->disk;
  brelse(buf);
}

/* Find a free inode at or after the hint and write content there. 0, or -1:
 * none, or a disk error. */
static int take_number(struct transaction *tx, const struct dinode *content,
                       uint *number)
{
  for (uint i = allocation.first_free; i < number_end(); i++) {
    struct buf *buf = block_of(i);
    if (!buf)
      return -1;
    bool is_free = slot_of(buf, i)->type == 0;
    if (is_free) {
      log_write(tx, buf);
      *slot_of(buf, i) = *content;
      *number = i;
    }
    brelse(buf);
    allocation.first_free = i + 1;
    if (is_free)
      return 0;
  }
  return -1;
}

/* Let the next search begin at this number, or before. */
static void note_free(uint number)
{
  acquiresleep(&allocation.lock);
  allocation.first_free = min_u64(allocation.first_free, number);
  releasesleep(&allocation.lock);
}

struct inode *ialloc(struct transaction *tx, const struct dinode *content)
{
  uint number = 0;
  acquiresleep(&allocation.lock);
  int result = take_number(tx, content, &number);
  releasesleep(&allocation.lock);
  return result < 0 ? NULL : iget(number);
}

/* Give a reference to the locked inode back, which may be the last one. Its
 * entry may be another's then, who waits for the lock. */
static void let_go(struct inode *inode)
{
  buf_forget(&inode->last_block);
  cache_put(&inode->entry);
}

/* The content is gone: make the locked inode free, and let it go in the same
 * step, since who makes a file next gets its number. */
static void free_number(struct transaction *tx, struct inode *inode)
{
  memset(&inode->disk, 0, sizeof(inode->disk));
  iupdate(tx, inode);
  inode->entry.valid = false;
  note_free(inode->entry.number);
  let_go(inode);
}

/* Free the inode, to which nobody else has a reference nor can come to have
 * one: no directory names it. (On a damaged disk one may; who follows it then
 * waits for the lock and finds the inode free.) */
static void put_gone(struct inode *inode)
{
  if (itrunc(inode, free_number) < 0) { /* the next mount does it */
    acquiresleep(&inode->lock);
    let_go(inode);
    releasesleep(&inode->lock);
  }
}

/* Where this seems to be the last reference, another thread may get one yet,
 * remove the name, and give its own back as one of two. So we keep ours until
 * we have looked with the inode locked. */
void iput(struct inode *inode)
{
  if (cache_put_shared(&inode->entry))
    return;
  acquiresleep(&inode->lock);
  bool is_gone = inode->entry.valid && inode->disk.nlink == 0;
  if (!is_gone)
    let_go(inode);
  bool is_last = is_gone && !cache_put_shared(&inode->entry);
  releasesleep(&inode->lock);
  if (is_last)
    put_gone(inode);
}

/* The look without a lock misses none: a child was removed with dir locked, and
 * dir has been locked since, when it was removed itself. Who followed a child's
 * .. before has a reference to dir. */
void inode_forget_parent(const struct inode *dir)
{
  uint number = dir->entry.number;
  for (struct inode *child = table; child < table + NENTRY; child++) {
    if (__atomic_load_n(&child->removed_from, __ATOMIC_RELAXED) != number)
      continue;
    acquiresleep(&child->lock);
    if (child->removed_from == number)
      child->removed_from = 0;
    releasesleep(&child->lock);
  }
}

void ireclaim(void)
{
  for (uint number = ROOTINO; number < number_end(); number++) {
    struct inode *inode = iget(number);
    if (ilock(inode) < 0) {
      iput(inode);
      continue;
    }
    if (inode->disk.nlink == 0)
      printk("ireclaim inode %u, which no directory names\n", number);
    iunlockput(inode);
  }
}

uint inodes_held(void)
{
  uint count = 0;
  for (uint i = 0; i < NENTRY; i++)
    count += cache_is_held(&table[i].entry);
  return count;
}

struct stat stati(const struct inode *inode)
{
  return (struct stat){.dev = ROOTDEV,
                       .ino = inode->entry.number,
                       .type = inode->disk.type,
                       .nlink = inode->disk.nlink,
                       .size = inode->disk.size};
}
