/* A cache of numbered things (disk blocks, inodes): at most one entry stands
 * for a number. Entries that nobody refers to keep their content; when a
 * number without an entry is wanted, one that was not referenced lately
 * takes it.
 *
 * refs is changed by atomics, so that to give a reference back takes no lock.
 * Invariants:
 *   C1  no two named entries have the same number
 *   C2  refs leaves 0 only under the cache's lock
 *   C3  an entry's number changes only under the lock, while its refs are 0 */
#ifndef FS_CACHE_H
#define FS_CACHE_H

#include "lib/base.h"
#include "sync/spinlock.h"

#define CACHE_BUCKETS 512

struct cache_entry {
  uint number;
  uint refs;
  bool named;      /* number means something, and a bucket has the entry */
  bool valid;      /* the content is that of number: under the content's lock,
                      and cleared here when the number changes */
  bool referenced; /* for again since the hand last came by */
  struct cache_entry *chain; /* next in the bucket */
  struct cache_entry *next;  /* on the ring of all entries */
};

struct cache {
  struct spinlock lock; /* guards the buckets, the ring, named and referenced */
  struct cache_entry *bucket[CACHE_BUCKETS];
  struct cache_entry *hand; /* where the next search for an entry to reuse
                               begins; NULL: there are no entries */
  uint nentries;
};

/* Make an empty cache. */
void cache_init(struct cache *cache, const char *name);

/* Put in an entry, which has no number yet. */
void cache_add(struct cache *cache, struct cache_entry *entry);

/* The entry for number, with one more reference. NULL if there is none and
 * every entry was referred to when the hand came by: in one round, though not
 * at one time. */
struct cache_entry *cache_try(struct cache *cache, uint number);

/* The same, as often as it takes, for an owner who sees to it that there are
 * more entries than references: then one is always left, though it may be
 * another one each time the hand comes by. */
struct cache_entry *cache_get(struct cache *cache, uint number);

/* One more reference to an entry of which the caller has one. */
void cache_hold(struct cache_entry *entry);

/* One reference less. What its owner did with the content comes before what
 * the entry's next number does with it. */
void cache_put(struct cache_entry *entry);

/* Whether anybody refers to the entry. */
bool cache_is_held(const struct cache_entry *entry);

/* One reference less, unless it is the last: then false, and it is kept. */
bool cache_put_shared(struct cache_entry *entry);

#endif
