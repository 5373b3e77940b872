/* The buffer cache: disk blocks in memory. Whoever has a block locked may read
 * its data, and may change it inside a transaction that logs the block
 * (log_write). So only blocks that the log refers to differ from the disk.
 *
 * The mechanism below it, struct cache, serves the inodes as well: a table of
 * entries, each of which stands for a number (of a block, of an inode) and
 * keeps its content when nobody refers to it, until another number needs it.
 * Invariants:
 *   C1  no two entries of the buckets have the same number
 *   C2  refs leaves 0 only under the cache's lock
 *   C3  an entry's number changes only under the lock, while its refs are 0 */
#ifndef FS_BIO_H
#define FS_BIO_H

#include "dev/disk.h"
#include "kernel/fs.h"
#include "sync/sleeplock.h"

#define CACHE_BUCKETS 512

/* The first member of whatever is cached. */
struct cache_entry {
  uint number;
  uint refs;       /* atomic, so that giving one back takes no lock */
  bool valid;      /* the content is that of number: under the content's lock,
                      and cleared when the number changes */
  bool referenced; /* found again since the hand last passed */
  struct cache_entry *chain; /* next in the bucket */
};

struct cache {
  struct spinlock lock; /* guards the buckets and the hand, and of an entry its
                           number, referenced and chain */
  struct cache_entry *bucket[CACHE_BUCKETS];
  char *table;
  uint nentries;
  size_t entry_size;
  uint hand; /* the entry that is looked at next */
};

/* Make a cache of nentries things of entry_size bytes, which are set to 0. */
void cache_init(struct cache *cache, const char *name, void *table,
                uint nentries, size_t entry_size);

/* The entry for number, with one more reference. Its owner sees to it that
 * there are more entries than references. */
struct cache_entry *cache_get(struct cache *cache, uint number);

/* One more reference to an entry of which the caller has one; one less. What
 * its owner did with the content comes before what the next owner does. */
void cache_hold(struct cache_entry *entry);
void cache_put(struct cache_entry *entry);

/* One reference less, unless it is the last: then false, and it is kept. */
bool cache_put_shared(struct cache_entry *entry);

/* Whether anybody refers to the entry. */
static inline bool cache_is_held(const struct cache_entry *entry)
{
  return __atomic_load_n(&entry->refs, __ATOMIC_ACQUIRE) > 0;
}

/* How many blocks the cache has: enough for all that may be referred to at
 * once, which inode.c counts. */
#define NBUF 2048

struct buf {
  struct cache_entry entry; /* its number is the block's */
  struct sleeplock lock;    /* guards data, request and entry.valid */
  uint8 *data;              /* BSIZE bytes */
  struct disk_request request;
  bool in_group; /* the log's, under its lock */
};

/* Take the memory for the cache. Once, at boot. */
void binit(void);

/* The block, locked and with a reference, its data as last logged. NULL on a
 * disk error. May sleep. The caller has locked no second block of the data
 * area, since a damaged disk may name the same one twice. */
struct buf *bread(uint blockno);

/* Unlock, and give the reference back. */
void brelse(struct buf *buf);

/* For blocks that are used again and again: *kept is NULL, or the block used
 * last with a reference that stays there, so that the next use needs no search.
 * The caller guards *kept and unlocks the block with releasesleep. bread_kept
 * is as bread; bget reads nothing, so the data may be missing (entry.valid).
 * bforget gives the reference back. */
struct buf *bget(struct buf **kept, uint blockno);
struct buf *bread_kept(struct buf **kept, uint blockno);
void bforget(struct buf **kept);

/* The most blocks that breada takes. */
#define BREADA_MAX 16

/* Read those of count blocks that are not in memory, all at once. What cannot
 * be read, or is locked, is left for bread. The caller has locked no block. */
void breada(const uint *blockno, uint count);

/* How many blocks are referred to. */
uint bufs_held(void);

#endif
