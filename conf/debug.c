/* What debug builds have for tests alone. No other build links this file (see
 * kernel.mk); the kernel calls it behind `if (DEBUG)`.
 *
 * Failures: after "fail N" is written to `counters`, the N-th allocation or
 * reservation of pages fails.
 *
 * Changes of thread at random: booted with the word yield=SEED, a thread gives
 * its hart up now and then wherever a timer interrupt might make it do so. What
 * can go wrong between two steps then does so soon. */
#include "lib/debug.h"
#include "arch/hart.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/wait.h"

#define DECIMAL 10
#define ONE_IN 8 /* of so many places, a thread gives way at one */

static uint64 fail_countdown;
static uint64 yields; /* how often a thread has given way */
static bool started;
static uint64 state;

/* If text begins with this key and a number behind it: what stands after that.
 * Else NULL. A number above 64 bits wraps. */
static const char *read_number(const char *text, const char *key,
                               uint64 *number)
{
  const char *digits = text + strlen(key), *at = digits;
  if (strncmp(text, key, strlen(key)) != 0)
    return NULL;
  for (*number = 0; *at >= '0' && *at <= '9'; at++)
    *number = *number * DECIMAL + *at - '0';
  return at > digits ? at : NULL;
}

void debug_boot(const char *bootargs)
{
  for (const char *word = bootargs; *word != '\0'; word++) {
    const char *end = read_number(word, "yield=", &state);
    if (end != NULL && (*end == ' ' || *end == '\0')) {
      printk("yields at random, seed %lu\n", state);
      started = true;
      return;
    }
    while (word[0] != ' ' && word[1] != '\0')
      word++;
  }
}

int debug_command(const char *word)
{
  uint64 n;
  const char *end = read_number(word, "fail ", &n);
  if (end == NULL || *end != '\0')
    return -1;
  page_fail_nth(n);
  return 0;
}

size_t debug_report(char *text, size_t room)
{
  return format_text(text, room, "allocations_to_failure: %lu\nyields: %lu\n",
                     page_fail_pending(), yields);
}

void page_fail_nth(uint64 n)
{
  __atomic_store_n(&fail_countdown, n, __ATOMIC_RELAXED);
}

uint64 page_fail_pending(void)
{
  return __atomic_load_n(&fail_countdown, __ATOMIC_RELAXED);
}

bool page_must_fail(void)
{
  uint64 left = page_fail_pending();
  while (left > 0 &&
         !__atomic_compare_exchange_n(&fail_countdown, &left, left - 1, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    ; /* which has read left anew */
  return left == 1;
}

/* Draw from a Weyl sequence, which harts may step at the same time, and mix its
 * bits: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators
 * (SplitMix). To give way ends with interrupts turned on again, which is such a
 * place itself: so it may happen several times over, but ever less likely. */
void chance_yield(void)
{
  if (!started || myproc() == NULL)
    return;
  uint64 z = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15, __ATOMIC_RELAXED);
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  if ((z ^ z >> 31) % ONE_IN != 0)
    return;
  __atomic_fetch_add(&yields, 1, __ATOMIC_RELAXED);
  yield();
}
