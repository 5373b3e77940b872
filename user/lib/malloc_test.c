/* The user library's heap, on the host: its blocks are walked and its rules
 * checked while a program of random calls runs on it. */
#include "tests/host/check.h"
#include "user/lib/host_names.h"
#include "user/lib/string.c"
#include "user/lib/malloc.c"

#define ARENA (1024 * 1024)
#define NSLOTS 200
#define NSTEPS 20000

static char arena[ARENA] __attribute__((aligned(4096)));
static uint64 brk, limit;

char *sbrk(int nbytes)
{
  char *old = arena + brk;

  if (nbytes < 0 || (uint64)nbytes > limit - brk)
    return SBRK_ERROR;
  brk += (uint64)nbytes;
  return old;
}

/* Begin again with an empty heap that can take this many bytes. */
static void start(uint64 room)
{
  memset(bins, 0, sizeof(bins));
  last = NULL;
  brk = 0;
  limit = room;
}

static uint next_random(void)
{
  static uint64 state = 1;

  state = state * 6364136223846793005ul + 1442695040888963407ul;
  return (uint)(state >> 33);
}

/* Walk the lists: rules A and C. The free blocks in them. */
static int check_lists(void)
{
  int nfree = 0;

  for (int bin = 0; bin < NBINS; bin++) {
    struct block **link = &bins[bin];
    for (; *link != NULL; link = &(*link)->next, nfree++) {
      CHECK((*link)->is_free);
      CHECK((*link)->link == link);
      CHECK_EQ(bin_of((*link)->size), bin);
      CHECK_EQ((*link)->size % GRAIN, 0);
      CHECK_EQ((uint64)*link % GRAIN, 0);
    }
  }
  return nfree;
}

/* Walk a heap of one region from its first block: rules A, B and C. */
static void check_region(struct block *block)
{
  uint64 previous = 0;
  int was_free = 0, nfree = 0;

  for (; block != last; block = block_after(block)) {
    CHECK_EQ(block->previous_size, previous);
    CHECK(!(was_free && block->is_free));
    previous = block->size;
    was_free = block->is_free;
    nfree += was_free;
  }
  CHECK_EQ(last->previous_size, previous);
  CHECK_EQ(check_lists(), nfree);
}

static void memory_is_aligned_and_apart(void)
{
  start(ARENA);
  char *a = malloc(1), *b = malloc(24), *c = malloc(0);

  CHECK(a != NULL && b != NULL && c != NULL);
  CHECK_EQ((uint64)a % 16, 0);
  CHECK_EQ((uint64)b % 16, 0);
  CHECK(a != b && b != c && a != c);
  free(NULL);
}

static void out_of_memory_is_null(void)
{
  start(64 * 1024);
  CHECK(malloc(~0u) == NULL);
  CHECK(malloc(0x7fffffff) == NULL);
  CHECK(malloc(64 * 1024) == NULL);
  CHECK(malloc(40 * 1024) != NULL);
}

/* Less than the usual growth is left: what is there can still be had. */
static void last_bytes_can_be_had(void)
{
  start(4096);
  CHECK(malloc(3000) != NULL);
  CHECK(malloc(3000) == NULL);
}

static void freed_memory_is_one_again(void)
{
  void *piece[8];

  start(ARENA);
  for (int i = 0; i < 8; i++)
    piece[i] = malloc(1000);
  uint64 brk_before = brk;
  for (int i = 0; i < 8; i += 2)
    free(piece[i]);
  for (int i = 1; i < 8; i += 2)
    free(piece[i]);
  CHECK_EQ(check_lists(), 1);
  CHECK(malloc(GROWTH - 2 * HEADER) == piece[0]);
  CHECK_EQ(brk, brk_before);
}

/* The program moves the break, and to an odd address. */
static void heap_goes_on_elsewhere(void)
{
  start(ARENA);
  char *below = malloc(100);
  sbrk(777);
  char *above = malloc(50000);

  CHECK(below != NULL && above > below + 777);
  CHECK_EQ((uint64)above % 16, 0);
  memset(above, 1, 50000);
  free(below);
  free(above);
  check_lists();
}

static int holds(const uchar *memory, uint nbytes, uchar value)
{
  for (uint i = 0; i < nbytes; i++)
    if (memory[i] != value)
      return 0;
  return 1;
}

static void random_program(void)
{
  static uchar *memory[NSLOTS];
  static uint length[NSLOTS];
  int wrong = 0;

  start(ARENA);
  for (int step = 0; step < NSTEPS; step++) {
    uint slot = next_random() % NSLOTS;
    if (memory[slot] != NULL) {
      wrong += !holds(memory[slot], length[slot], (uchar)slot);
      free(memory[slot]);
      memory[slot] = NULL;
    } else {
      length[slot] = next_random() % (1u << next_random() % 16);
      memory[slot] = malloc(length[slot]);
      if (memory[slot] != NULL)
        memset(memory[slot], (int)slot, length[slot]);
    }
    if (step % 100 == 0)
      check_region((struct block *)arena);
  }
  CHECK_EQ(wrong, 0);
  for (int slot = 0; slot < NSLOTS; slot++)
    free(memory[slot]);
  check_region((struct block *)arena);
  CHECK_EQ(check_lists(), 1);
}

int main(void)
{
  RUN(memory_is_aligned_and_apart);
  RUN(out_of_memory_is_null);
  RUN(last_bytes_can_be_had);
  RUN(freed_memory_is_one_again);
  RUN(heap_goes_on_elsewhere);
  RUN(random_program);
  return check_result();
}
