/* Inodes in memory, their blocks on the disk, and the bytes that they hold.
 *
 * The first part is the table of inodes in memory: the cache of fs/bio.h,
 * whose entries are inodes. Two locks matter. The cache's (C1) makes two
 * threads that name the same file get the same entry; the inode's sleep lock
 * guards its content, which may take a disk access to get.
 *
 * The second part is the content. The inode has the numbers of the first
 * NDIRECT blocks, and that of an indirect block with the numbers of the rest.
 * All of them come from the disk and are checked before each use.
 *
 * Read first: kernel/fs.h, fs/bio.h, fs/log.h, fs/super.h. */
#include "fs/inode.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"

/* One for each open file and working directory, and for each process what it
 * holds while it follows a path. */
#define INODES_OF_A_PROCESS 4
#define NENTRY (NINODE + NFILE + NPROC * INODES_OF_A_PROCESS)

/* The blocks that may be referred to at once: two by each inode, one by the
 * bitmap, those of the log's group and stage, and a run by each thread. */
static_assert(2 * NENTRY + 1 + 2 * LOGBLOCKS + (NPROC + 1) * BLOAD_MAX <= NBUF,
              "NBUF is too small: a block must be left that nobody refers to");

struct cache icache;
static struct inode table[NENTRY];

static struct {
  struct sleeplock lock;
  uint first_free; /* no inode below this one is free */
} allocation;

void iinit(void)
{
  cache_init(&icache, "inodes", table, NENTRY, sizeof(*table));
  for (uint i = 0; i < NENTRY; i++)
    initsleeplock(&table[i].lock, "inode");
  initsleeplock(&allocation.lock, "inode allocation");
  allocation.first_free = ROOTINO;
}

/* Where in its block, which moves when it is logged, an inode is. */
static struct dinode *dinode_in(struct buf *buf, uint number)
{
  return (struct dinode *)buf->data + number % IPB;
}

struct inode *iget_locked(uint number)
{
  if (number < ROOTINO || number >= super.ninodes)
    return NULL;
  return CONTAINER_OF(cache_get_locked(&icache, number), struct inode, entry);
}

struct inode *iget(uint number)
{
  acquire(&icache.lock);
  struct inode *inode = iget_locked(number);
  release(&icache.lock);
  return inode;
}

struct inode *idup(struct inode *inode)
{
  cache_hold(&inode->entry);
  return inode;
}

/* The second half of locking: bring the content. 0, or -1 and unlocked. */
static int load(struct inode *inode)
{
  struct dinode *disk = &inode->disk;
  if (inode->entry.valid)
    return 0;
  struct buf *buf = bread(IBLOCK(inode->entry.number, super));
  if (buf) {
    *disk = *dinode_in(buf, inode->entry.number);
    brelse(buf);
    inode->removed_from = inode->first_free = 0;
    bool valid = disk->type >= T_DIR && disk->type <= T_DEVICE &&
                 disk->nlink >= 0 && disk->size <= MAX_FILE_SIZE;
    __atomic_store_n(&inode->entry.valid, valid, __ATOMIC_RELEASE);
    if (valid)
      return 0; /* I2 holds */
    if (disk->type != 0)
      printk("fs: inode %u is damaged\n", inode->entry.number);
  }
  releasesleep(&inode->lock);
  return -1;
}

int ilock(struct inode *inode)
{
  acquiresleep(&inode->lock);
  return load(inode);
}

void iunlock(struct inode *inode)
{
  releasesleep(&inode->lock);
}

int iload(struct inode *inode)
{
  if (__atomic_load_n(&inode->entry.valid, __ATOMIC_ACQUIRE))
    return 0;
  if (ilock(inode) < 0)
    return -1;
  iunlock(inode);
  return 0;
}

int ilock_two(struct inode *a, struct inode *b)
{
  if (a == b)
    return -1;
  struct inode *first = a->entry.number < b->entry.number ? a : b;
  struct inode *second = first == a ? b : a;
  if (ilock(first) < 0)
    return -1;
  acquiresleep_another(&second->lock);
  if (load(second) < 0) {
    iunlock(first);
    return -1;
  }
  return 0;
}

int iupdate(struct transaction *tx, struct inode *inode)
{
  struct buf *buf = bread(IBLOCK(inode->entry.number, super));
  if (!buf)
    return -1;
  log_write(tx, buf);
  *dinode_in(buf, inode->entry.number) = inode->disk;
  brelse(buf);
  return 0;
}

struct inode *ialloc(struct transaction *tx, const struct dinode *content)
{
  bool taken = false;
  acquiresleep(&allocation.lock);
  uint number = allocation.first_free;
  while (!taken && number < super.ninodes) {
    struct buf *buf = bread(IBLOCK(number, super));
    if (!buf)
      break;
    taken = dinode_in(buf, number)->type == 0;
    if (taken) {
      log_write(tx, buf);
      *dinode_in(buf, number) = *content;
    }
    brelse(buf);
    number++;
  }
  allocation.first_free = number;
  releasesleep(&allocation.lock);
  if (!taken)
    return NULL;

  /* It is loaded here, which cannot fail, as its block is in the group: its
   * last iput frees it only if it knows that no directory names it. */
  struct inode *inode = iget(number - 1);
  (void)iload(inode);
  return inode;
}

static void forget(struct buf **kept)
{
  bput(*kept);
  *kept = NULL;
}

/* Give a reference to the locked inode back, which may be the last one. Its
 * entry may be another's then, who waits for the lock. */
static void let_go(struct inode *inode)
{
  forget(&inode->last);
  forget(&inode->indirect);
  cache_put(&inode->entry);
}

/* Empty the file; if it is gone (no directory names it), the last transaction
 * frees it and the caller's reference. 0, or -1 with the reference kept. */
static int empty(struct inode *inode, bool is_gone)
{
  int left;
  do {
    struct transaction tx;
    if (begin_op(&tx, MAXOPBLOCKS) < 0)
      return -1;
    left = -1;
    if (ilock(inode) == 0) {
      left = ishrink(&tx, inode);
      if (left == 0 && is_gone) {
        /* The reference goes now, as who makes a file next gets the number. */
        memset(&inode->disk, 0, sizeof(inode->disk));
        (void)iupdate(&tx, inode);
        inode->entry.valid = false;
        acquiresleep(&allocation.lock);
        allocation.first_free =
            min_u64(allocation.first_free, inode->entry.number);
        releasesleep(&allocation.lock);
        let_go(inode);
      }
      iunlock(inode);
    }
    end_op(&tx);
  } while (left > 0);
  return left;
}

int itrunc(struct inode *inode)
{
  return empty(inode, false);
}

void iput(struct inode *inode)
{
  if (!inode || cache_put_shared(&inode->entry))
    return;
  /* This seems to be the last reference. Yet another thread may get one, remove
   * the name, and give its own back as one of two. So we keep ours until we
   * have looked with the inode locked. */
  acquiresleep(&inode->lock);
  bool is_gone = inode->entry.valid && inode->disk.nlink == 0;
  if (!is_gone)
    let_go(inode);
  bool is_last = is_gone && !cache_put_shared(&inode->entry);
  releasesleep(&inode->lock);
  /* Nobody else has a reference nor can come to have one: no directory names
   * it. (On a damaged disk one may; who follows it waits for the lock and finds
   * the inode free.) If the disk fails here, the next mount frees it. */
  if (is_last && empty(inode, true) < 0) {
    acquiresleep(&inode->lock);
    let_go(inode);
    releasesleep(&inode->lock);
  }
}

void inode_forget_parent(const struct inode *dir)
{
  uint number = dir->entry.number;
  for (struct inode *child = table; child < table + NENTRY; child++) {
    /* The look without a lock misses none: a child was removed with dir locked,
     * and dir has been locked since, when it was removed itself. Who followed
     * a child's .. before has a reference to dir. */
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
  for (uint number = ROOTINO; number < super.ninodes; number++) {
    struct inode *inode = iget(number);
    if (ilock(inode) == 0) {
      if (inode->disk.nlink == 0)
        printk("ireclaim inode %u, which no directory names\n", number);
      iunlock(inode);
    }
    iput(inode); /* which frees it */
  }
}

/* Whether a number, which is not 0, may be used. */
static bool is_good(const struct inode *inode, uint blockno)
{
  if (super_is_data(blockno))
    return true;
  printk("fs: inode %u has the bad block number %u\n", inode->entry.number,
         blockno);
  return false;
}

/* Let inode->indirect, which is NULL, be the indirect block. If there is none:
 * it stays NULL with tx NULL, else one is allocated. 0, or -1 as for bmap. */
static int load_indirect(struct transaction *tx, struct inode *inode)
{
  uint *addr = &inode->disk.addrs[NDIRECT];
  if (*addr == 0 && !tx)
    return 0;
  if ((*addr == 0 && balloc(tx, addr) < 0) || !is_good(inode, *addr))
    return -1;
  struct buf *buf = bget(*addr);
  if (bload(&buf, 1) < 0) {
    bput(buf);
    return -1;
  }
  inode->indirect = buf;
  return 0;
}

/* Where the number of a block of the content is. The indirect block is loaded
 * if it is there, and moves when it is logged. */
static uint *number_of(struct inode *inode, uint index)
{
  if (index < NDIRECT)
    return &inode->disk.addrs[index];
  return (uint *)inode->indirect->data + index - NDIRECT;
}

/* The numbers of the blocks of the content from index on: of count, or fewer,
 * at least 1. Blocks that there are not have 0 with tx NULL; else they are
 * allocated: the first, for which tx has room for WRITE_BLOCKS less the inode,
 * and others as long as it has room for all of the run. How many; or -1, also
 * for a full disk. */
static int bmap(struct transaction *tx, struct inode *inode, uint index,
                uint count, uint *blockno)
{
  uint n = 0;
  assert(index + count <= MAXFILE);
  for (; n < count; n++, index++) {
    if (tx && tx->room < WRITE_BLOCKS - 1 + n)
      break;
    if (index >= NDIRECT && !inode->indirect && load_indirect(tx, inode) < 0)
      break;
    /* On a damaged disk another inode may have the indirect block as well: the
     * number that is checked is the one that is used. */
    blockno[n] = 0;
    if (index < NDIRECT || inode->indirect)
      blockno[n] = __atomic_load_n(number_of(inode, index), __ATOMIC_RELAXED);
    if (blockno[n] == 0) {
      if (!tx)
        continue;
      if (balloc(tx, &blockno[n]) < 0)
        break;
      if (index >= NDIRECT)
        log_write(tx, inode->indirect);
      *number_of(inode, index) = blockno[n];
    }
    if (!is_good(inode, blockno[n]))
      break;
  }
  return n > 0 ? (int)n : -1;
}

/* Bring blocks of the content into memory from index on: who reads one mostly
 * goes on, and the disk gives many about as soon as one. What cannot be read is
 * left for who needs it. */
static void read_ahead(struct inode *inode, uint index)
{
  struct buf *run[BLOAD_MAX];
  uint blockno[BLOAD_MAX], end = (inode->disk.size + BSIZE - 1) / BSIZE;
  uint most = index < end ? min_u64(BLOAD_MAX, end - index) : 0;
  int count = bmap(NULL, inode, index, most, blockno);
  if (count < 0)
    return;
  (void)bget_run(blockno, count, run);
  (void)bload(run, count);
  bput_run(run, count);
}

/* The blocks that hold nbytes of the content at offset, or the first of them,
 * in memory. Those that there are not are NULL or allocated, as by bmap. How
 * many they are, at least 1; or -1 as for bmap. If it is one, that is
 * inode->last; of more the caller gives the references back. */
static int get_run(struct transaction *tx, struct inode *inode, uint offset,
                   uint nbytes, struct buf **run)
{
  uint blockno[BLOAD_MAX], index = offset / BSIZE;
  uint count = (offset % BSIZE + nbytes + BSIZE - 1) / BSIZE;
  count = min_u64(count, BLOAD_MAX);
  if (count == 1 && inode->last && inode->last_index == index) {
    run[0] = inode->last;
    return 1;
  }
  int n = bmap(tx, inode, index, count, blockno);
  if (n < 0)
    return -1;
  if (!bget_run(blockno, n, run)) {
    read_ahead(inode, index);
    for (int i = 0; i < n; i++) {
      if (run[i] && bload(&run[i], 1) < 0) {
        bput_run(run, n);
        return -1;
      }
    }
  }
  if (n == 1) {
    forget(&inode->last);
    inode->last = run[0];
    inode->last_index = index;
  }
  return n;
}

int iblock(struct inode *inode, uint offset, struct buf **buf)
{
  return get_run(NULL, inode, offset, 1, buf) < 0 ? -1 : 0;
}

int readi(struct inode *inode, struct uio uio, uint offset, uint nbytes)
{
  static const uint8 hole[BSIZE];
  if (offset >= inode->disk.size)
    return 0;
  nbytes = min_u64(nbytes, inode->disk.size - offset);
  int result = 0;
  for (uint done = 0; done < nbytes && result == 0;) {
    struct buf *run[BLOAD_MAX];
    uint at = (offset + done) % BSIZE;
    int count = get_run(NULL, inode, offset + done, nbytes - done, run);
    if (count < 0)
      return -1;
    for (int i = 0, next; i < count && result == 0; i = next) {
      /* Blocks that adjoin in memory, as those do that were brought there one
       * after the other, are copied at once. */
      uint end = BSIZE;
      for (next = i + 1; next < count && run[i] && run[next] &&
                         run[next]->data == run[i]->data + end;
           next++)
        end += BSIZE;
      uint step = min_u64(nbytes - done, end - at);
      result = copy_to_uio(uio, done, run[i] ? run[i]->data + at : hole, step);
      done += step;
      at = 0;
    }
    if (count > 1)
      bput_run(run, count);
  }
  return result < 0 ? -1 : (int)nbytes;
}

int writei(struct transaction *tx, struct inode *inode, struct uio uio,
           uint64 uio_offset, uint offset, uint nbytes)
{
  if (offset > inode->disk.size || nbytes > MAX_FILE_SIZE - offset ||
      iupdate(tx, inode) < 0)
    return -1;
  uint done = 0;
  int result = 0;
  while (done < nbytes && tx->room >= WRITE_BLOCKS - 1 && result == 0) {
    struct buf *run[BLOAD_MAX];
    uint at = (offset + done) % BSIZE;
    int count = get_run(tx, inode, offset + done, nbytes - done, run);
    if (count < 0)
      break;
    for (int i = 0; i < count && result == 0; i++) {
      /* If the user's memory turns out bad half way, the block has changed and
       * is logged as it is: what readers see is what the disk gets. */
      log_write(tx, run[i]);
      uint step = min_u64(nbytes - done, BSIZE - at);
      result = copy_from_uio(run[i]->data + at, uio, uio_offset + done, step);
      if (result == 0)
        done += step;
      at = 0;
    }
    if (count > 1)
      bput_run(run, count);
  }
  inode->disk.size = max_u64(inode->disk.size, offset + done);
  (void)iupdate(tx, inode);
  return done > 0 ? (int)done : -1;
}

/* The numbers are freed from the end: those in the indirect block, its own,
 * and the direct ones. Each is cleared in the transaction that frees it. */
int ishrink(struct transaction *tx, struct inode *inode)
{
  uint *addrs = inode->disk.addrs;
  uint left = NDIRECT + 1, blockno;
  int result = 0;
  if (iupdate(tx, inode) < 0)
    return -1;
  forget(&inode->last);
  if (addrs[NDIRECT] && is_good(inode, addrs[NDIRECT])) {
    if (!inode->indirect && load_indirect(NULL, inode) < 0)
      return -1;
    log_write(tx, inode->indirect);
    left += NINDIRECT;
  }
  for (; left > 0 && tx->room > 0; left--) {
    uint *number = left <= NDIRECT + 1
                       ? &addrs[left - 1]
                       : (uint *)inode->indirect->data + left - NDIRECT - 2;
    blockno = __atomic_load_n(number, __ATOMIC_RELAXED);
    if (blockno && is_good(inode, blockno) && bfree(tx, blockno) < 0) {
      result = -1;
      break;
    }
    *number = 0;
  }
  if (left > NDIRECT)
    left--; /* the indirect block holds no content */
  else
    forget(&inode->indirect);
  inode->disk.size = min_u64(inode->disk.size, left * BSIZE);
  (void)iupdate(tx, inode);
  return result < 0 ? -1 : left > 0;
}
