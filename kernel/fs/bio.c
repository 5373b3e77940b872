/* The buffer cache. All reading of blocks goes through it (the log alone
 * writes them, from copies of its own), so that a block that is used often is
 * read once, and so that at most one thread at a time works on a block.
 *
 * cache_get finds the entry of a number in its bucket. If there is none, the
 * CLOCK algorithm picks one to reuse: a hand goes round the table, passes what
 * somebody refers to, and gives everything that was found again since its last
 * visit (referenced) one more round. That is nearly as good as reusing what
 * was used least recently, and a hit costs one store instead of moving the
 * entry in a list.
 *
 * Read first: kernel/fs.h, dev/disk.h, sync/sleeplock.h. */
#include "fs/bio.h"
#include "fs/super.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page.h"

/* How many entries the hand passes before it lets interrupts come. */
#define CACHE_LOOKS 256

void cache_init(struct cache *cache, const char *name, void *table,
                uint nentries, size_t entry_size)
{
  memset(table, 0, nentries * entry_size);
  memset(cache, 0, sizeof(*cache));
  initlock(&cache->lock, name);
  cache->table = table;
  cache->nentries = nentries;
  cache->entry_size = entry_size;
}

static struct cache_entry *find(const struct cache *cache, uint number)
{
  struct cache_entry *entry = cache->bucket[number % CACHE_BUCKETS];
  while (entry && entry->number != number)
    entry = entry->chain;
  return entry;
}

/* Under the lock: let an entry that nobody refers to stand for number. Not
 * inlined, so that a hit does not save the registers that this needs. */
static __attribute__((noinline)) struct cache_entry *reuse(struct cache *cache,
                                                           uint number)
{
  struct cache_entry *entry;
  for (uint looks = 1;; looks++) {
    entry = (void *)(cache->table + cache->hand * cache->entry_size);
    cache->hand = (cache->hand + 1) % cache->nentries;
    if (!cache_is_held(entry)) {
      if (!entry->referenced)
        break;
      entry->referenced = false;
    }
    if (looks % CACHE_LOOKS == 0) {
      release(&cache->lock);
      acquire(&cache->lock);
      /* Meanwhile another thread may have given number an entry (C1). */
      entry = find(cache, number);
      if (entry)
        return entry;
    }
  }

  /* An entry that is used for the first time is in no bucket. */
  struct cache_entry **link = &cache->bucket[entry->number % CACHE_BUCKETS];
  while (*link && *link != entry)
    link = &(*link)->chain;
  if (*link)
    *link = entry->chain;
  link = &cache->bucket[number % CACHE_BUCKETS];
  entry->number = number;
  entry->valid = false;
  entry->chain = *link;
  *link = entry;
  return entry;
}

struct cache_entry *cache_get(struct cache *cache, uint number)
{
  acquire(&cache->lock);
  struct cache_entry *entry = find(cache, number);
  if (entry)
    entry->referenced = true;
  else
    entry = reuse(cache, number);
  __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
  release(&cache->lock);
  return entry;
}

void cache_hold(struct cache_entry *entry)
{
  uint before = __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
  assert(before > 0);
}

void cache_put(struct cache_entry *entry)
{
  uint before = __atomic_fetch_sub(&entry->refs, 1, __ATOMIC_RELEASE);
  assert(before > 0);
}

bool cache_put_shared(struct cache_entry *entry)
{
  uint refs = __atomic_load_n(&entry->refs, __ATOMIC_RELAXED);
  assert(refs > 0);
  /* A failed exchange reads refs anew. */
  while (refs > 1 &&
         !__atomic_compare_exchange_n(&entry->refs, &refs, refs - 1, false,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    ;
  return refs > 1;
}

#define BLOCKS_PER_PAGE (PGSIZE / BSIZE)
static_assert(NBUF % BLOCKS_PER_PAGE == 0, "pages hold whole blocks");

static struct cache bcache;
static struct buf bufs[NBUF];

void binit(void)
{
  uint8 *page = NULL;
  cache_init(&bcache, "buffer cache", bufs, NBUF, sizeof(*bufs));
  for (uint i = 0; i < NBUF; i++) {
    if (i % BLOCKS_PER_PAGE == 0)
      page = kalloc();
    if (!page)
      panic("no memory for the buffer cache");
    initsleeplock(&bufs[i].lock, "disk block");
    bufs[i].data = page + i % BLOCKS_PER_PAGE * BSIZE;
  }
}

/* The block with a reference, neither locked nor read. */
static struct buf *find_buf(uint blockno)
{
  struct cache_entry *entry = cache_get(&bcache, blockno);
  struct buf *buf = CONTAINER_OF(entry, struct buf, entry);
  /* For the check of lock orders: blocks of the data area are locked before
   * the free bitmap, those of the bitmap after it. */
  if (DEBUG)
    sleeplock_rename(&buf->lock,
                     super_is_data(blockno) ? "data block" : "disk block");
  return buf;
}

/* Reading a locked block has two halves, so that breada can begin many. */
static void start_read(struct buf *buf)
{
  buf->request =
      (struct disk_request){.op = DISK_READ,
                            .offset = (uint64)buf->entry.number * BSIZE,
                            .data = buf->data,
                            .nbytes = BSIZE};
  disk_start(&buf->request);
}

static int finish_read(struct buf *buf)
{
  int result = disk_wait(&buf->request);
  buf->entry.valid = result == 0;
  return result;
}

struct buf *bget(struct buf **kept, uint blockno)
{
  if (!*kept || (*kept)->entry.number != blockno) {
    bforget(kept);
    *kept = find_buf(blockno);
  }
  acquiresleep(&(*kept)->lock);
  return *kept;
}

struct buf *bread_kept(struct buf **kept, uint blockno)
{
  struct buf *buf = bget(kept, blockno);
  if (!buf->entry.valid) {
    start_read(buf);
    if (finish_read(buf) < 0) {
      releasesleep(&buf->lock);
      return NULL;
    }
  }
  return buf;
}

void bforget(struct buf **kept)
{
  if (*kept)
    cache_put(&(*kept)->entry);
  *kept = NULL;
}

struct buf *bread(uint blockno)
{
  struct buf *kept = NULL;
  struct buf *buf = bread_kept(&kept, blockno);
  if (!buf)
    bforget(&kept);
  return buf;
}

void brelse(struct buf *buf)
{
  releasesleep(&buf->lock);
  cache_put(&buf->entry);
}

/* Several blocks are locked here at a time, in any order. That is no deadlock,
 * since none of the locks is waited for. */
void breada(const uint *blockno, uint count)
{
  struct buf *begun[BREADA_MAX];
  uint nbegun = 0;
  assert(count <= BREADA_MAX);
  for (uint i = 0; i < count; i++) {
    struct buf *buf = find_buf(blockno[i]);
    if (!tryacquiresleep(&buf->lock)) {
      cache_put(&buf->entry); /* somebody is at work on it */
    } else if (buf->entry.valid) {
      brelse(buf);
    } else {
      start_read(buf);
      begun[nbegun++] = buf;
    }
  }
  for (uint i = 0; i < nbegun; i++) {
    (void)finish_read(begun[i]);
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
