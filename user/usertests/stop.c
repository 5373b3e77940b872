/* Memory above USER_VA_STOP, which the kernel's table does not mirror: the
 * process cannot tell where that is. */
#include "usertests.h"

#define STOP ((char *)USER_VA_STOP)
#define REACH (16 * PGSIZE) /* of memory on either side of it */

static void grow_past_stop(void)
{
  must_move_break(USER_VA_STOP + REACH);
}

static void must_be_zero(const char *start, int nbytes)
{
  for (int i = 0; i < nbytes; i++)
    MUST_EQ(start[i], 0);
}

static void child_sees_and_changes(uint64 unused)
{
  (void)unused;
  must_be_text(STOP - PGSIZE, 2 * PGSIZE, 3, 0);
  fill_text(STOP - PGSIZE, 2 * PGSIZE, 4, 0);
  must_be_text(STOP - PGSIZE, 2 * PGSIZE, 4, 0);
}

/* The memory comes zeroed, is a forked child's as well, goes when the break
 * falls, and comes back zeroed. */
void test_stopgrow(void)
{
  uint64 start = break_now();

  grow_past_stop();
  must_be_zero(STOP - REACH, 2 * REACH);
  fill_text(STOP - PGSIZE, 2 * PGSIZE, 3, 0);
  must_pass(child_sees_and_changes, 0);
  must_be_text(STOP - PGSIZE, 2 * PGSIZE, 3, 0);

  must_move_break(USER_VA_STOP);
  must_fault(load_from, USER_VA_STOP);
  must_be_text(STOP - PGSIZE, PGSIZE, 3, 0);
  grow_past_stop();
  must_be_zero(STOP, REACH);
  must_move_break(start);
  must_fault(load_from, USER_VA_STOP - 1);
}

/* Bytes go from start to a file and come back, to start. */
static void round_trip(char *start, int nbytes)
{
  int fd;

  fill_text(start, nbytes, 5, 0);
  fd = must_open("file", O_CREATE | O_TRUNC | O_RDWR);
  must_write(fd, start, nbytes);
  must_close(fd);
  check_file("file", nbytes, 5);

  memset(start, 0, nbytes);
  fd = must_open("file", O_RDONLY);
  must_read(fd, start, nbytes);
  must_close(fd);
  must_be_text(start, nbytes, 5, 0);
}

static void pipe_trip(char *start, int nbytes)
{
  struct pipe_ends ends = must_pipe();

  fill_text(start, nbytes, 6, 0);
  must_write(ends.out, start, nbytes);
  memset(start, 0, nbytes);
  must_read(ends.in, start, nbytes);
  must_be_text(start, nbytes, 6, 0);
  must_close(ends.in);
  must_close(ends.out);
}

/* Copies below, across and above, to memory that is touched here first. */
void test_stopcopies(void)
{
  static const int offsets[] = {-REACH, -PGSIZE, -300, -8, -1, 0, 1, PGSIZE};

  grow_past_stop();
  for (int i = 0; i < COUNT_OF(offsets); i++) {
    round_trip(STOP + offsets[i], 2 * PGSIZE);
    pipe_trip(STOP + offsets[i], 500);
  }
  must_move_break(USER_VA_STOP);
  pipe_trip(STOP - 500, 500);
  MUST_REFUSE(write(must_open("file", O_RDWR), STOP - 8, 16));
}

static const char *put_string(char *where, const char *string)
{
  strcpy(where, string);
  return where;
}

/* Paths and exec's arguments below, across and above; and one that has no
 * end before the break, which is at the stop. */
void test_stopstrings(void)
{
  static const int offsets[] = {-7, -6, -5, -3, -1, 0, 5};

  grow_past_stop();
  for (int i = 0; i < COUNT_OF(offsets); i++) {
    const char *path = put_string(STOP + offsets[i], "path12");

    must_make_empty(path);
    MUST(exists("path12"));
    must_unlink(path);
    must_echo(path, "path12");
  }
  memset(STOP - 8, 'x', 8);
  must_move_break(USER_VA_STOP);
  MUST_REFUSE(open(STOP - 8, O_CREATE | O_RDWR));
  MUST_REFUSE(open(STOP, O_RDONLY));
}

#define WORKERS 4
#define ROUNDS 20

/* Memory comes, is shared, written and goes, below the stop and above it. */
static void use_memory(uint64 seed)
{
  uint64 start = break_now();
  char *heap = must_grow(3 * PGSIZE);

  for (uint round = 0; round < ROUNDS; round++) {
    fill_text(heap, 2 * PGSIZE, (uint)seed + round, 0);
    if (round % 4 == 0) {
      grow_past_stop();
      fill_text(STOP - PGSIZE, 2 * PGSIZE, 3, 0);
      must_pass(child_sees_and_changes, 0);
      must_be_text(STOP - PGSIZE, 2 * PGSIZE, 3, 0);
      must_move_break(start + 3 * PGSIZE);
    }
    must_fault(store_to, (uint64)heap + 3 * PGSIZE);
    must_be_text(heap, 2 * PGSIZE, (uint)seed + round, 0);
  }
}

/* At random, by a linear congruential generator. */
static void switch_tables(uint64 seed)
{
  for (;; seed = seed * 6364136223846793005 + 1442695040888963407) {
    set_two_tables(seed >> 63);
    for (uint64 turns = seed >> 52; turns > 0; turns--)
      __asm__ volatile("");
  }
}

/* Which table they run on is changed all the time, and they cannot tell. */
void test_switchtables(void)
{
  bool two = are_two_tables_set();
  int switcher = must_spawn(switch_tables, 1);

  break_line();
  for (int i = 0; i < WORKERS; i++)
    must_spawn(use_memory, 100 * i);
  for (int i = 0; i < WORKERS; i++)
    MUST_EQ(must_reap(), PASSED_STATUS);
  MUST_EQ(kill(switcher), 0);
  MUST_EQ(must_reap(), KILLED_STATUS);
  set_two_tables(two);
  MUST_EQ(ascheck(), 0);
}
