/* Every short sequence of operations on two address spaces, and long random
 * ones, against a model, on the host.
 *
 *   aspace_model_test [DEPTH [STEPS [SEED]]]
 *
 * Sequences that lead to the same state have the same futures, so each
 * operation is tried once in each state that less than DEPTH operations reach;
 * how many sequences that stands for is counted. Then STEPS random operations
 * are done. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/page.h"
#include "tests/host/aspace.h"
#include "tests/host/aspace_model.h"
#include "tests/host/aspace_operations.h"
#include "tests/host/check.h"

#define NBLOCKS 6
#define OPERATIONS_MAX 32
#define DEPTH_MAX 6
#define PATH_MAX 12 /* what leads to a start, and DEPTH_MAX more */
#define STATES_MAX (1 << 19)
#define BUCKETS (2 * STATES_MAX)
#define NO_STATE -1

static int depth_limit = 3, nsteps = 20000;
static uint first_seed = 1;

struct path {
  int length;
  uchar operation[PATH_MAX];
};

/* A state that was met: how it is reached, and where each operation leads. */
struct state {
  uint64 digest;
  struct path path;
  int next[OPERATIONS_MAX];
};

static struct state *states;
static int nstates, *buckets;
static uint64 nsequences;

/* What is being tried now, for whoever reads of a failure. */
static struct path now;

static void print_now(void)
{
  printf("  after:");
  for (int i = 0; i < now.length; i++)
    printf("%s %s", i > 0 ? "," : "", operation_name(now.operation[i]));
  printf("\n");
  fflush(stdout);
}

static void print_now_at_panic(int signal)
{
  (void)signal;
  print_now();
}

static void check_sound(void)
{
  CHECK_EQ(world_faults() + operation_faults(), 0);
  if (check_failures_here > 0)
    print_now();
}

/* Begin anew, and do what leads to a state that is known to be sound. */
static void replay(const struct path *path)
{
  world_begin();
  for (int i = 0; i < path->length; i++)
    operation_do(path->operation[i]);
  now = *path;
}

static void do_and_check(int operation)
{
  now.operation[now.length++] = operation;
  operation_do(operation);
  world_check();
}

/* The number of the state with this digest, which is new if it is nstates. */
static int find_state(uint64 digest)
{
  uint64 i = digest % BUCKETS;

  while (buckets[i] != NO_STATE && states[buckets[i]].digest != digest)
    i = (i + 1) % BUCKETS;
  if (buckets[i] == NO_STATE)
    buckets[i] = nstates;
  return buckets[i];
}

/* The number of the state that was reached. */
static int note_state(void)
{
  uint64 digest = world_digest();
  int found = find_state(digest);

  if (found == nstates) {
    CHECK(nstates < STATES_MAX - 1);
    states[nstates].digest = digest;
    states[nstates++].path = now;
  }
  return found;
}

/* Try each operation in a state. */
static void expand(int number)
{
  struct path path = states[number].path;
  bool is_there = false;

  for (int i = 0; i < operation_count() && !check_failures_here; i++) {
    if (!is_there)
      replay(&path);
    is_there = !operation_is_possible(i);
    states[number].next[i] = NO_STATE;
    if (is_there)
      continue;
    do_and_check(i);
    states[number].next[i] = note_state();
    world_end();
    check_sound();
  }
  if (is_there)
    world_end();
}

/* How many sequences of at most depth operations lead on from a state. */
static uint64 count_sequences(int number, int depth)
{
  uint64 count = 0;

  for (int i = 0; depth > 0 && i < operation_count(); i++) {
    int next = states[number].next[i];
    if (next != NO_STATE)
      count += 1 + count_sequences(next, depth - 1);
  }
  return count;
}

/* All that DEPTH operations can do after the ones that are named. */
static void explore(const char *const *names)
{
  now.length = 0;
  world_begin();
  for (; *names != NULL; names++)
    for (int i = 0; i < operation_count(); i++)
      if (strcmp(operation_name(i), *names) == 0)
        do_and_check(i);
  world_check();
  int first = nstates, start_length = now.length;
  memset(buckets, 0xFF, BUCKETS * sizeof(*buckets));
  note_state();
  world_end();

  for (int i = first; i < nstates && !check_failures_here; i++)
    if (states[i].path.length < start_length + depth_limit)
      expand(i);
  if (!check_failures_here)
    nsequences += count_sequences(first, depth_limit);
}

static void every_sequence_from_nothing(void)
{
  explore((const char *const[]){NULL});
}

static void every_sequence_from_a_leaf(void)
{
  explore((const char *const[]){"map 0", "grow 1025", "write 512", NULL});
}

static void every_sequence_from_a_shared_leaf(void)
{
  explore((const char *const[]){"map 0", "grow 1025", "write 512", "clone",
                                "swap", NULL});
}

static int random_operation(uint *seed)
{
  int operation;

  do {
    *seed = *seed * 1103515245 + 12345;
    operation = (*seed >> 8) % operation_count();
  } while (!operation_is_possible(operation));
  return operation;
}

static void random_operations(void)
{
  uint seed = first_seed;

  now.length = 0;
  world_begin();
  int done = 0;
  for (; done < nsteps && !check_failures_here; done++) {
    if (now.length == PATH_MAX)
      memmove(now.operation, now.operation + 1, --now.length);
    do_and_check(random_operation(&seed));
    check_sound();
    if (running == NULL) {
      world_end();
      world_begin();
      now.length = 0;
    }
  }
  world_end();
  if (check_failures_here)
    printf("  random operation %d of seed %u\n", done, first_seed);
}

static void read_arguments(int argc, char **argv)
{
  if (argc > 1)
    depth_limit = min_u64(atoi(argv[1]), DEPTH_MAX);
  if (argc > 2)
    nsteps = atoi(argv[2]);
  if (argc > 3)
    first_seed = atoi(argv[3]);
}

int main(int argc, char **argv)
{
  read_arguments(argc, argv);
  assert(operation_count() <= OPERATIONS_MAX);
  printf("seed %u\n", first_seed);
  states = calloc(STATES_MAX, sizeof(*states));
  buckets = calloc(BUCKETS, sizeof(*buckets));
  signal(SIGABRT, print_now_at_panic);
  host_kernel(NBLOCKS * BLOCK_PAGES);
  RUN(every_sequence_from_nothing);
  RUN(every_sequence_from_a_leaf);
  RUN(every_sequence_from_a_shared_leaf);
  RUN(random_operations);
  printf("tried %lu sequences on address spaces\n", (unsigned long)nsequences);
  printf("tried %d states of address spaces\n", nstates);
  printf("tried %d random operations on address spaces\n", nsteps);
  free(states);
  free(buckets);
  return check_result();
}
