/* The buffer cache: disk blocks in memory. Blocks of the data area are guarded
 * by the lock of the inode that has them, those of the free bitmap by its lock,
 * all others by a lock of their own. A block is changed only inside a
 * transaction that has logged it (log_write), so only blocks that the log
 * refers to differ from the disk. A damaged disk may give a block to two
 * inodes: then what is in it may be any bytes, and whoever reads it is ready
 * for that.
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

#include "lib/base.h"
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
  char *hand; /* the entry that is looked at next */
};

/* Make a cache of nentries things of entry_size bytes, which are set to 0. */
void cache_init(struct cache *cache, const char *name, void *table,
                uint nentries, size_t entry_size);

/* The entry for number, with one more reference; the second, with the cache's
 * lock held. Its owner keeps fewer references than entries. */
struct cache_entry *cache_get(struct cache *cache, uint number);
struct cache_entry *cache_get_locked(struct cache *cache, uint number);

/* One more reference to an entry of which the caller has one; one less. What
 * its owner did with the content comes before what the next owner does. */
void cache_hold(struct cache_entry *entry);
void cache_put(struct cache_entry *entry);

/* One reference less, unless it is the last: then false, and it is kept. */
bool cache_put_shared(struct cache_entry *entry);

/* How many entries are referred to. */
uint cache_held(const struct cache *cache);

/* How many blocks the cache has: enough for all that may be referred to at
 * once, which inode.c counts. */
#define NBUF 2048

struct buf {
  struct cache_entry entry; /* its number is the block's */
  struct sleeplock lock;
  bool loading;  /* a thread reads it (bload) */
  uint8 *data;   /* BSIZE bytes, which may move when the block is logged */
  bool in_group; /* the log's, under its lock, */
  bool in_stage; /* as is this one */
};

extern struct cache bcache;

/* Take the memory for the cache. Once, at boot. */
void binit(void);

/* A block of the data area or the bitmap, with a reference, which bput gives
 * back; and a run of some: true if all are in memory. For the block number 0
 * there is NULL, of which bput gives nothing back. */
struct buf *bget(uint blockno);
bool bget_run(const uint *blockno, uint count, struct buf **run);
void bput(struct buf *buf);
void bput_run(struct buf *const *run, uint count);

/* Read those of a run of at most BLOAD_MAX that are not in memory, all at once.
 * 0, or -1 if one of them cannot be read. */
#define BLOAD_MAX 16
int bload(struct buf *const *run, uint count);

/* Fill a block of the data area with zeros, whatever the disk has there. */
void bclear(struct buf *buf);

/* Any other block, with a reference, locked and in memory. NULL on a disk
 * error. brelse unlocks it and gives the reference back. */
struct buf *bread(uint blockno);
void brelse(struct buf *buf);

#endif
