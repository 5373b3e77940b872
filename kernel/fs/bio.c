/* The buffer cache. All reading of blocks goes through it, so that a block
 * that is used often is read once. The log alone writes them.
 *
 * cache_get finds the entry of a number in its bucket. If there is none, the
 * CLOCK algorithm picks one to reuse: a hand goes round the table, passes what
 * somebody refers to, and gives everything that was found again since its last
 * visit (referenced) one more round, unless it has searched too long. That is
 * nearly as good as reusing what was used least recently, and a hit costs one
 * store instead of moving the entry in a list.
 *
 * Read first: kernel/fs.h, dev/disk.h, sync/sleeplock.h. */
#include "fs/bio.h"
#include "dev/disk.h"
#include "kernel/fs.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/wait.h"

/* The hand looks at so many entries at most before it takes the next one that
 * nobody refers to. Interrupts wait meanwhile, so what it does for each entry
 * that it passes is little. */
#define CACHE_LOOKS 256

void cache_init(struct cache *cache, const char *name, void *table,
                uint nentries, size_t entry_size)
{
  memset(table, 0, nentries * entry_size);
  memset(cache, 0, sizeof(*cache));
  initlock(&cache->lock, name);
  cache->table = cache->hand = table;
  cache->nentries = nentries;
  cache->entry_size = entry_size;
}

static bool is_held(const struct cache_entry *entry)
{
  return __atomic_load_n(&entry->refs, __ATOMIC_ACQUIRE) > 0;
}

/* Under the lock: let an entry that nobody refers to stand for number. Not
 * inlined, so that a hit does not save the registers that this needs. */
static __attribute__((noinline)) struct cache_entry *reuse(struct cache *cache,
                                                           uint number)
{
  struct cache_entry *entry;
  char *hand = cache->hand, *table = cache->table;
  const size_t size = cache->entry_size;
  const char *end = table + cache->nentries * size;
  for (uint looks = 0;; looks++) {
    entry = (struct cache_entry *)hand;
    hand += size;
    if (hand == end)
      hand = table;
    if (is_held(entry))
      continue;
    if (!entry->referenced || looks >= CACHE_LOOKS)
      break;
    entry->referenced = false;
  }
  cache->hand = hand;

  /* An entry that is used for the first time is in no bucket. */
  struct cache_entry **link = &cache->bucket[entry->number % CACHE_BUCKETS];
  while (*link && *link != entry)
    link = &(*link)->chain;
  if (*link)
    *link = entry->chain;
  link = &cache->bucket[number % CACHE_BUCKETS];
  entry->number = number;
  entry->valid = false;
  __atomic_store_n(&entry->refs, 1, __ATOMIC_RELAXED);
  entry->chain = *link;
  *link = entry;
  return entry;
}

/* Under the lock: the entry for number with one more reference, or NULL. */
static struct cache_entry *find(struct cache *cache, uint number)
{
  struct cache_entry *entry = cache->bucket[number % CACHE_BUCKETS];
  while (entry && entry->number != number)
    entry = entry->chain;
  if (entry) {
    entry->referenced = true;
    __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
  }
  return entry;
}

struct cache_entry *cache_get_locked(struct cache *cache, uint number)
{
  struct cache_entry *entry = find(cache, number);
  return entry ? entry : reuse(cache, number);
}

struct cache_entry *cache_get(struct cache *cache, uint number)
{
  acquire(&cache->lock);
  struct cache_entry *entry = cache_get_locked(cache, number);
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
  debug_assert(is_held(entry));
  __atomic_fetch_sub(&entry->refs, 1, __ATOMIC_RELEASE);
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

uint cache_held(const struct cache *cache)
{
  uint count = 0;
  for (uint i = 0; i < cache->nentries; i++)
    count += is_held((void *)(cache->table + i * cache->entry_size));
  return count;
}

#define BLOCKS_PER_PAGE (PGSIZE / BSIZE)
static_assert(NBUF % BLOCKS_PER_PAGE == 0, "pages hold whole blocks");

struct cache bcache;
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

struct buf *bget(uint blockno)
{
  return CONTAINER_OF(cache_get(&bcache, blockno), struct buf, entry);
}

void bput(struct buf *buf)
{
  if (buf)
    cache_put(&buf->entry);
}

bool bget_run(const uint *blockno, uint count, struct buf **run)
{
  bool valid = true;
  acquire(&bcache.lock);
  for (uint i = 0; i < count; i++) {
    if (blockno[i] == 0) {
      run[i] = NULL;
      continue;
    }
    struct cache_entry *entry = find(&bcache, blockno[i]);
    if (!entry) { /* the search for another one takes its time */
      release(&bcache.lock);
      entry = cache_get(&bcache, blockno[i]);
      acquire(&bcache.lock);
    }
    run[i] = CONTAINER_OF(entry, struct buf, entry);
    valid &= entry->valid;
  }
  release(&bcache.lock);
  return valid;
}

void bput_run(struct buf *const *run, uint count)
{
  for (uint i = 0; i < count; i++)
    bput(run[i]);
}

/* On a sound disk, a block that is not in memory has one user, who has locked
 * what it belongs to. On a damaged one, it may be in a run twice, be read for
 * another inode at the same time, or be free and about to be another's: what an
 * old read brings must not come after what the new owner writes. So one thread
 * at a time loads a buffer. Whoever finds another at it waits, and not before
 * its own reads have ended: no two wait for each other. */
static struct spinlock load_lock = SPINLOCK_INIT("buffer load");

void bclear(struct buf *buf)
{
  acquire(&load_lock);
  while (buf->loading)
    sleep(buf, &load_lock);
  memset(buf->data, 0, BSIZE);
  buf->entry.valid = true;
  release(&load_lock);
}

int bload(struct buf *const *run, uint count)
{
  struct disk_request request[BLOAD_MAX];
  struct buf *own[BLOAD_MAX]; /* those that this thread loads */
  uint nown = 0;
  int result = 0;
  assert(count <= BLOAD_MAX);
  acquire(&load_lock);
  for (uint i = 0; i < count; i++) {
    struct buf *buf = run[i];
    if (!buf || buf->entry.valid || buf->loading)
      continue;
    buf->loading = true;
    request[nown] = (struct disk_request){.op = DISK_READ,
                                          .blockno = buf->entry.number,
                                          .nblocks = 1,
                                          .data = &buf->data};
    own[nown++] = buf;
  }
  release(&load_lock);
  for (uint i = 0; i < nown; i++)
    disk_start(&request[i]);
  for (uint i = 0; i < nown; i++) {
    bool valid = disk_wait(&request[i]) == 0;
    acquire(&load_lock);
    own[i]->loading = false;
    own[i]->entry.valid = valid;
    wakeup(own[i]);
    release(&load_lock);
  }
  acquire(&load_lock);
  for (uint i = 0; i < count; i++) {
    while (run[i] && run[i]->loading)
      sleep(run[i], &load_lock);
    if (run[i] && !run[i]->entry.valid)
      result = -1;
  }
  release(&load_lock);
  return result;
}

struct buf *bread(uint blockno)
{
  struct buf *buf = bget(blockno);
  acquiresleep(&buf->lock);
  if (buf->entry.valid || bload(&buf, 1) == 0)
    return buf;
  brelse(buf);
  return NULL;
}

void brelse(struct buf *buf)
{
  releasesleep(&buf->lock);
  bput(buf);
}
