/* bench [ROW...]: what operations cost, in cycles of the cycle counter; all of
 * them, or those named. Under QEMU's -icount these are instructions, the user's
 * and the kernel's, and the same each time. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"
#include "bench.h"

#define SMALL_READ 64
#define PIPE_BLOCK 512
#define SLASHES 127

static char *program; /* its own path */
static char *file_name = "bench.tmp";
static char *readme = "README";
static char block[FILE_SIZE / 8];
static char slashes[SLASHES + 1];
static int to_peer[2], from_peer[2];

/* The operations, each done once. */

static void do_getpid(void)
{
  getpid();
}

static void do_chdir(void)
{
  need(chdir("/") == 0, "chdir");
}

static void do_chdir_slashes(void)
{
  need(chdir(slashes) == 0, "chdir");
}

static void through_pipe(int nbytes)
{
  need(write(to_peer[1], block, nbytes) == nbytes, "writing to a pipe");
  need(read(to_peer[0], block, nbytes) == nbytes, "reading from a pipe");
}

static void do_pipe_byte(void)
{
  through_pipe(1);
}

static void do_pipe_block(void)
{
  through_pipe(PIPE_BLOCK);
}

static void do_round_trip(void)
{
  need(write(to_peer[1], block, 1) == 1, "writing to the peer");
  need(read(from_peer[0], block, 1) == 1, "reading from the peer");
}

static void do_exec(void)
{
  exec_once(program);
}

static void do_sbrk_page(void)
{
  touch(grow(PAGE), PAGE);
  grow(-PAGE);
}

static void do_sbrk_mib(void)
{
  grow(MIB);
  grow(-MIB);
}

static void do_sbrk_mib_touched(void)
{
  touch(grow(MIB), MIB);
  grow(-MIB);
}

static void do_open(void)
{
  int fd = open(readme, O_RDONLY);

  need(fd >= 0, "open");
  close(fd);
}

static void read_file(char *into, int step)
{
  int fd = open(file_name, O_RDONLY);

  need(fd >= 0, "open");
  for (int n = 0; n < FILE_SIZE; n += step)
    need(read(fd, into, step) == step, "read");
  close(fd);
}

static char *file_room; /* FILE_SIZE bytes while the file is read */

static void do_read_whole(void)
{
  read_file(file_room, FILE_SIZE);
}

static void do_read_small(void)
{
  read_file(file_room, SMALL_READ);
}

/* What some operations need before, and give back after. */

static void with_pipe(void)
{
  need(pipe(to_peer) == 0, "pipe");
}

static void without_pipe(void)
{
  close(to_peer[0]);
  close(to_peer[1]);
}

static void echo_bytes(void)
{
  close(to_peer[1]);
  while (read(to_peer[0], block, 1) == 1)
    write(from_peer[1], block, 1);
  exit(0);
}

static void with_peer(void)
{
  with_pipe();
  need(pipe(from_peer) == 0, "pipe");
  int pid = fork();
  need(pid >= 0, "fork");
  if (pid == 0)
    echo_bytes();
  close(to_peer[0]);
  close(from_peer[1]);
}

static void without_peer(void)
{
  close(to_peer[1]);
  close(from_peer[0]);
  wait(0);
}

static void with_heap(void)
{
  touch(grow(4 * MIB), 4 * MIB);
}

static void without_heap(void)
{
  grow(-4 * MIB);
}

static void with_file(void)
{
  int fd = open(file_name, O_CREATE | O_RDWR);

  need(fd >= 0, "create");
  for (int n = 0; n < FILE_SIZE; n += sizeof(block))
    need(write(fd, block, sizeof(block)) == sizeof(block), "write");
  close(fd);
  file_room = grow(FILE_SIZE);
  touch(file_room, FILE_SIZE);
}

static void without_file(void)
{
  grow(-FILE_SIZE);
  unlink(file_name);
}

static const struct row {
  char *name;
  void (*operation)(void);
  int times;
  void (*before)(void), (*after)(void);
} rows[] = {
    {"getpid", do_getpid, 200, 0, 0},
    {"chdir", do_chdir, 40, 0, 0},
    {"chdir_slashes", do_chdir_slashes, 40, 0, 0},
    {"pipe_1", do_pipe_byte, 40, with_pipe, without_pipe},
    {"pipe_512", do_pipe_block, 40, with_pipe, without_pipe},
    {"round_trip", do_round_trip, 40, with_peer, without_peer},
    {"fork", fork_once, 10, 0, 0},
    {"exec", do_exec, 4, 0, 0},
    {"sbrk_page", do_sbrk_page, 20, 0, 0},
    {"sbrk_mib", do_sbrk_mib, 4, 0, 0},
    {"sbrk_mib_touched", do_sbrk_mib_touched, 4, 0, 0},
    {"fork_heap", fork_once, 4, with_heap, without_heap},
    {"open", do_open, 20, 0, 0},
    {"read_whole", do_read_whole, 4, with_file, without_file},
    {"read_small", do_read_small, 2, with_file, without_file},
};

/* The least of some batches: what else the kernel has to do now and then, such
 * as the clock's tick, falls into one of them. */
#define BATCHES 5

static uint64 batch(const struct row *row)
{
  uint64 start = cycles();

  for (int i = 0; i < row->times; i++)
    row->operation();
  return cycles() - start;
}

/* Cycles of one operation, when it has been done once to warm up. */
static int cost(const struct row *row)
{
  uint64 least = -1;

  if (row->before)
    row->before();
  row->operation();
  for (int i = 0; i < BATCHES; i++) {
    uint64 total = batch(row);
    if (total < least)
      least = total;
  }
  if (row->after)
    row->after();
  return (int)(least / row->times);
}

static int is_named(const char *name, int argc, char *argv[])
{
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], name) == 0)
      return 1;
  }
  return argc == 1;
}

int main(int argc, char *argv[])
{
  if (is_to_end(argc, argv))
    exit(0);
  program = argv[0];
  memset(slashes, '/', SLASHES);
  fill_process();
  for (int i = 0; i < COUNT_OF(rows); i++) {
    if (is_named(rows[i].name, argc, argv))
      printf("%s %d\n", rows[i].name, cost(&rows[i]));
  }
  exit(0);
}
