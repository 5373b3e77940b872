/* The name cache: a table of sets of two. A name has its place in one set, by a
 * hash of the directory's number and its bytes; a new one takes the place of
 * that which came before the other. Nothing else is ever thrown out, so the
 * cache is as good as its size. Read first: fs/namecache.h. */
#include "fs/namecache.h"
#include "fs/inode.h"
#include "lib/string.h"

#define SET_BITS 8
#define NSETS (1 << SET_BITS)
#define WAYS 2

/* 2^64 divided by the golden ratio: the upper bits of a product with it depend
 * on all bits of the other factor (Knuth, The Art of Computer Programming,
 * volume 3, multiplicative hashing). */
#define HASH_FACTOR 0x9E3779B97F4A7C15

static struct known {
  union name name; /* no directory has the number 0, so zeros are no name */
  uint inum;       /* 0: there is no such name */
  uint offset;
} table[NSETS * WAYS];

void namecache_init(void)
{
  memset(table, 0, sizeof(table));
}

static struct known *set_of(const union name *name)
{
  uint64 hash = (name->word[0] ^ name->word[1]) * HASH_FACTOR;
  return &table[(hash >> (64 - SET_BITS)) * WAYS];
}

static bool is_of(const struct known *known, const union name *name)
{
  return known->name.word[0] == name->word[0] &&
         known->name.word[1] == name->word[1];
}

int namecache_find(const union name *name, uint *inum, uint *offset)
{
  const struct known *known = set_of(name);
  if (!is_of(known, name) && !is_of(++known, name))
    return -1;
  *inum = known->inum;
  *offset = known->offset;
  return known->inum != 0;
}

void namecache_enter(const union name *name, uint inum, uint offset)
{
  struct known *set = set_of(name);
  acquire(&icache.lock);
  /* The first of a set is the one that came last. */
  if (!is_of(&set[0], name))
    set[1] = set[0];
  set[0] = (struct known){.name = *name, .inum = inum, .offset = offset};
  release(&icache.lock);
}

void namecache_forget(uint dir)
{
  acquire(&icache.lock);
  for (struct known *known = table; known < table + ARRAY_LEN(table); known++) {
    if (known->name.entry.inum == dir)
      *known = (struct known){0};
  }
  release(&icache.lock);
}
