/* A cache of numbered things (disk blocks, inodes): at most one entry stands
 * for a number. Entries that nobody refers to keep their content; when a
 * number without an entry is asked for, the one idle for longest takes it.
 *
 * Invariants, under the cache's lock:
 *   C1  no two named entries have the same number
 *   C2  an entry is on the idle ring exactly if its refs are 0
 *   C3  an entry's number changes only while its refs are 0 */
#ifndef FS_CACHE_H
#define FS_CACHE_H

#include "lib/base.h"
#include "sync/spinlock.h"

#define CACHE_BUCKETS 512

struct cache_entry {
  uint number;
  uint refs;
  bool named; /* number means something, and a bucket has the entry */
  bool valid; /* the content is that of number: under the content's lock,
                 and cleared here when the number changes */
  struct cache_entry *chain;         /* next in the bucket */
  struct cache_entry *older, *newer; /* on the idle ring */
};

struct cache {
  struct spinlock lock;
  struct cache_entry *bucket[CACHE_BUCKETS];
  struct cache_entry idle; /* head of the ring; idle.newer is the oldest */
};

/* Make an empty cache. */
void cache_init(struct cache *cache, const char *name);

/* Put in an entry, which has no number yet. */
void cache_add(struct cache *cache, struct cache_entry *entry);

/* The entry for number, with one more reference. NULL if there is none and
 * every entry is referred to. */
struct cache_entry *cache_get(struct cache *cache, uint number);

/* One more reference to an entry that has some. */
void cache_hold(struct cache *cache, struct cache_entry *entry);

/* One reference less. */
void cache_put(struct cache *cache, struct cache_entry *entry);

/* Whether anybody refers to the entry. */
bool cache_is_held(struct cache *cache, const struct cache_entry *entry);

/* One reference less, unless it is the last: then false, and it is kept. */
bool cache_put_shared(struct cache *cache, struct cache_entry *entry);

#endif
