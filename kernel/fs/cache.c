/* Numbered entries: hash chains to find them, a ring to reuse them. */
#include "fs/cache.h"
#include "lib/panic.h"
#include "lib/string.h"

static struct cache_entry **bucket_of(struct cache *cache, uint number)
{
  return &cache->bucket[number % CACHE_BUCKETS];
}

static void idle_append(struct cache *cache, struct cache_entry *entry)
{
  entry->newer = &cache->idle;
  entry->older = cache->idle.older;
  entry->older->newer = entry;
  cache->idle.older = entry;
}

static void idle_remove(struct cache_entry *entry)
{
  entry->older->newer = entry->newer;
  entry->newer->older = entry->older;
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

/* Give number to the oldest idle entry, which stays idle. */
static struct cache_entry *rename_oldest(struct cache *cache, uint number)
{
  struct cache_entry *entry = cache->idle.newer;
  if (entry == &cache->idle)
    return NULL;
  if (entry->named)
    unname(cache, entry);
  struct cache_entry **bucket = bucket_of(cache, number);
  entry->number = number;
  entry->named = true;
  entry->valid = false;
  entry->chain = *bucket;
  *bucket = entry;
  return entry;
}

void cache_init(struct cache *cache, const char *name)
{
  memset(cache, 0, sizeof(*cache));
  initlock(&cache->lock, name);
  cache->idle.older = cache->idle.newer = &cache->idle;
}

void cache_add(struct cache *cache, struct cache_entry *entry)
{
  memset(entry, 0, sizeof(*entry));
  acquire(&cache->lock);
  idle_append(cache, entry);
  release(&cache->lock);
}

struct cache_entry *cache_get(struct cache *cache, uint number)
{
  acquire(&cache->lock);
  struct cache_entry *entry = find(cache, number);
  if (!entry)
    entry = rename_oldest(cache, number);
  if (entry && entry->refs++ == 0)
    idle_remove(entry);
  release(&cache->lock);
  return entry;
}

void cache_hold(struct cache *cache, struct cache_entry *entry)
{
  acquire(&cache->lock);
  assert(entry->refs > 0);
  entry->refs++;
  release(&cache->lock);
}

void cache_put(struct cache *cache, struct cache_entry *entry)
{
  acquire(&cache->lock);
  assert(entry->refs > 0);
  if (--entry->refs == 0)
    idle_append(cache, entry);
  release(&cache->lock);
}

bool cache_is_held(struct cache *cache, const struct cache_entry *entry)
{
  acquire(&cache->lock);
  bool held = entry->refs > 0;
  release(&cache->lock);
  return held;
}

bool cache_put_shared(struct cache *cache, struct cache_entry *entry)
{
  acquire(&cache->lock);
  assert(entry->refs > 0);
  bool shared = entry->refs > 1;
  if (shared)
    entry->refs--;
  release(&cache->lock);
  return shared;
}
