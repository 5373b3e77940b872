/* Numbered entries: hash chains to find them, a ring with a hand that goes
 * round to find those that can be reused. */
#include "fs/cache.h"
#include "lib/panic.h"
#include "lib/string.h"

#define CACHE_LOOKS 256

static struct cache_entry **bucket_of(struct cache *cache, uint number)
{
  return &cache->bucket[number % CACHE_BUCKETS];
}

static struct cache_entry *find(struct cache *cache, uint number)
{
  struct cache_entry *entry = *bucket_of(cache, number);
  while (entry && entry->number != number)
    entry = entry->chain;
  return entry;
}

static void unname(struct cache *cache, struct cache_entry *entry)
{
  struct cache_entry **link = bucket_of(cache, entry->number);
  while (*link != entry)
    link = &(*link)->chain;
  *link = entry->chain;
  entry->named = false;
}

static void give_number(struct cache *cache, struct cache_entry *entry,
                        uint number)
{
  if (entry->named)
    unname(cache, entry);
  struct cache_entry **bucket = bucket_of(cache, number);
  entry->number = number;
  entry->named = true;
  entry->valid = false;
  entry->chain = *bucket;
  *bucket = entry;
}

/* Move the hand, past CACHE_LOOKS entries at most, to one that nobody refers to
 * and that was not referenced again since the hand last came by: NULL if there
 * was none. *nheld counts those that were referred to, without another between
 * them. */
static struct cache_entry *find_unused(struct cache *cache, uint *nheld)
{
  for (int i = 0; i < CACHE_LOOKS && *nheld < cache->nentries; i++) {
    struct cache_entry *entry = cache->hand;
    cache->hand = entry->next;
    if (cache_is_held(entry)) {
      ++*nheld;
      continue;
    }
    *nheld = 0;
    if (!entry->referenced)
      return entry;
    entry->referenced = false;
  }
  return NULL;
}

void cache_init(struct cache *cache, const char *name)
{
  memset(cache, 0, sizeof(*cache));
  initlock(&cache->lock, name);
}

void cache_add(struct cache *cache, struct cache_entry *entry)
{
  memset(entry, 0, sizeof(*entry));
  acquire(&cache->lock);
  if (cache->hand) {
    entry->next = cache->hand->next;
    cache->hand->next = entry;
  } else {
    cache->hand = entry->next = entry;
  }
  cache->nentries++;
  release(&cache->lock);
}

/* Let an unused entry take the number. Between looks interrupts may come, for
 * which the lock is let go; then another may have given the number an entry.
 * NULL if a whole round found none. */
static __attribute__((noinline)) struct cache_entry *
take_unused(struct cache *cache, uint number)
{
  struct cache_entry *entry = NULL;
  uint nheld = 0;

  while (!entry && nheld < cache->nentries) {
    struct cache_entry *unused = find_unused(cache, &nheld);
    if (unused) {
      give_number(cache, unused, number);
      return unused;
    }
    release(&cache->lock);
    acquire(&cache->lock);
    entry = find(cache, number);
  }
  return entry;
}

struct cache_entry *cache_try(struct cache *cache, uint number)
{
  acquire(&cache->lock);
  struct cache_entry *entry = find(cache, number);
  if (entry)
    entry->referenced = true;
  else
    entry = take_unused(cache, number);
  if (entry)
    __atomic_fetch_add(&entry->refs, 1, __ATOMIC_RELAXED);
  release(&cache->lock);
  return entry;
}

struct cache_entry *cache_get(struct cache *cache, uint number)
{
  struct cache_entry *entry;

  do
    entry = cache_try(cache, number);
  while (!entry);
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

bool cache_is_held(const struct cache_entry *entry)
{
  return __atomic_load_n(&entry->refs, __ATOMIC_ACQUIRE) > 0;
}

bool cache_put_shared(struct cache_entry *entry)
{
  uint refs = __atomic_load_n(&entry->refs, __ATOMIC_RELAXED);
  assert(refs > 0);
  while (refs > 1 &&
         !__atomic_compare_exchange_n(&entry->refs, &refs, refs - 1, false,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    ;
  return refs > 1;
}
