/* Direct copies while other processes and timer interrupts come between: SUM
 * that an interrupt does not give back, or a copy that goes on in another
 * process's memory, shows as wrong bytes or a dead process. */
#include "usertests.h"

#define COPIERS 3
#define SPINNERS 2
#define TICKS 20

#define ROUND_BYTES (6 * PGSIZE)

static char bytes[ROUND_BYTES];

static bool time_is_over(int end)
{
  return uptime() >= end;
}

/* Each writer's text differs in every round, and every process has it at the
 * same addresses. */
static void write_rounds(int out, uint seed, int end)
{
  for (uint round = 0; !time_is_over(end); round++) {
    fill_text(bytes, ROUND_BYTES, seed + round, 0);
    must_write(out, bytes, ROUND_BYTES);
  }
}

static uint read_rounds(int in, uint seed)
{
  uint round = 0;

  while (read(in, bytes, 1) == 1) {
    must_read(in, bytes + 1, ROUND_BYTES - 1);
    must_be_text(bytes, ROUND_BYTES, seed + round, 0);
    round++;
  }
  return round;
}

static void write_child(uint64 out_and_seed)
{
  write_rounds((int)(out_and_seed >> 32), (uint)out_and_seed, uptime() + TICKS);
}

static void copy_through_pipe(uint64 seed)
{
  struct pipe_ends ends = must_pipe();

  must_spawn(write_child, (uint64)ends.out << 32 | seed);
  must_close(ends.out);
  MUST(read_rounds(ends.in, (uint)seed) > 0);
  must_all_pass(1);
}

/* Strings of full length, and files. */
static void copy_paths_and_files(uint64 seed)
{
  char path[MAXPATH], name[DIRSIZ + 1];
  int length, end = uptime() + TICKS;

  numbered(name, "file", (uint)seed);
  length = strlen(name);
  memset(path, '/', sizeof(path));
  path[0] = '.';
  strcpy(path + MAXPATH - 1 - length, name);
  for (uint round = 0; !time_is_over(end); round++) {
    write_file(path, ROUND_BYTES, (uint)seed + round);
    check_file(name, ROUND_BYTES, (uint)seed + round);
  }
}

void test_window(void)
{
  int spinners[SPINNERS];

  for (int i = 0; i < SPINNERS; i++)
    spinners[i] = must_spawn(spin, 0);
  for (int i = 0; i < COPIERS; i++) {
    must_spawn(copy_through_pipe, 100 * i);
    must_spawn(copy_paths_and_files, 100 * i);
  }
  for (int i = 0; i < 2 * COPIERS; i++)
    MUST_EQ(must_reap(), PASSED_STATUS);
  for (int i = 0; i < SPINNERS; i++) {
    MUST_EQ(kill(spinners[i]), 0);
    MUST_EQ(must_reap(), KILLED_STATUS);
  }
  MUST_EQ(ascheck(), 0);
}

static uint64 copyins(void)
{
  return counter("copyin") + counter("copyin_walk");
}

static uint64 copyinstrs(void)
{
  return counter("copyinstr") + counter("copyinstr_walk");
}

/* The counters count calls: one for each write and each path. In the direct
 * mode, none of them walks. */
void test_counters(void)
{
  enum {
    CALLS = 100
  };
  struct pipe_ends ends = must_pipe();
  uint64 walks = counter("copyin_walk"), before = copyins();

  for (int i = 0; i < CALLS; i++)
    must_write(ends.out, "x", 1);
  MUST(copyins() - before >= CALLS);
  if (copies_go_direct())
    MUST_EQ(counter("copyin_walk"), walks);

  walks = counter("copyinstr_walk");
  before = copyinstrs();
  for (int i = 0; i < CALLS; i++)
    MUST(!exists("nothing"));
  MUST(copyinstrs() - before >= CALLS);
  if (copies_go_direct())
    MUST_EQ(counter("copyinstr_walk"), walks);
}
