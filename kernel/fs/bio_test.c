/* Entries that stand for numbers: which are found again, and which go. */
#include "fs/bio.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

#define NENTRY 4

static struct cache cache;
static struct cache_entry entries[NENTRY];

static void make_cache(void)
{
  cache_init(&cache, "cache", entries, NENTRY, sizeof(*entries));
}

/* Whether the content that was there when use(number) was last called is. */
static bool use(uint number)
{
  struct cache_entry *entry = cache_get(&cache, number);
  CHECK(entry != NULL);
  CHECK_EQ(entry->number, number);
  bool was_valid = entry->valid;
  entry->valid = true;
  cache_put(entry);
  CHECK_EQ(spinlocks_held(), 0);
  return was_valid;
}

static void test_found_again(void)
{
  make_cache();
  for (uint round = 0; round < 3; round++) {
    for (uint number = 0; number < NENTRY; number++)
      CHECK_EQ(use(number * CACHE_BUCKETS), round > 0);
  }
}

/* A number that is wanted again and again stays, however many others are
 * wanted once. */
static void test_what_is_used_stays(void)
{
  make_cache();
  use(0);
  for (uint number = 1; number < 5 * NENTRY; number++) {
    CHECK(use(0));
    CHECK(!use(number));
  }
}

/* If all are wanted again, one goes none the less. */
static void test_one_goes(void)
{
  make_cache();
  for (uint number = 0; number < 2 * NENTRY; number++)
    use(number % NENTRY);
  CHECK(!use(NENTRY));
  CHECK(use(NENTRY));
}

static void test_held_ones_stay(void)
{
  make_cache();
  struct cache_entry *held = cache_get(&cache, 1);
  held->valid = true;
  for (uint number = 10; number < 10 + 3 * NENTRY; number++)
    CHECK(!use(number));
  CHECK(cache_get(&cache, 1) == held && held->valid);
  CHECK_EQ(held->refs, 2);
}

/* The last entry that nobody refers to is found, and what is held is found
 * when none is left. */
static void test_all_held(void)
{
  for (uint left = 0; left < NENTRY; left++) {
    make_cache();
    struct cache_entry *held[NENTRY];
    for (uint number = 0; number < NENTRY; number++)
      held[number] = cache_get(&cache, number);
    cache_put(held[left]);
    CHECK(cache_get(&cache, NENTRY) == held[left]);
    CHECK_EQ(held[left]->number, NENTRY);
    for (uint number = 0; number < NENTRY; number++)
      CHECK(number == left || cache_get(&cache, number) == held[number]);
  }
}

static void test_references(void)
{
  make_cache();
  struct cache_entry *entry = cache_get(&cache, 1);
  CHECK(!cache_put_shared(entry));
  cache_hold(entry);
  CHECK(cache_put_shared(entry));
  CHECK_EQ(cache_held(&cache), 1);
  cache_put(entry);
  CHECK_EQ(cache_held(&cache), 0);
}

int main(void)
{
  RUN(test_found_again);
  RUN(test_what_is_used_stays);
  RUN(test_one_goes);
  RUN(test_held_ones_stay);
  RUN(test_all_held);
  RUN(test_references);
  return check_result();
}
