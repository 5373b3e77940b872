/* bench [time] [ROW...]: what operations cost, in cycles of the cycle counter;
 * all of them, or those named. Under QEMU's -icount these are instructions, the
 * user's and the kernel's, and the same each time. With them come changes of
 * satp and flushes of the TLB, where the kernel counts them. With time: in
 * nanoseconds by the clock on the wall, and nothing with them. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "user/user.h"
#include "bench.h"

#define SMALL_READ 64
#define PIPE_BLOCK 512
#define LONG_PIPE_BLOCK 2048
#define STREAM_READ 4096
#define LARGE_READ (8 * KIB)
#define INT_LIMIT 2147483647 /* what every kernel's printf can show */
#define SLASHES 127
#define DEPTH 7   /* directories of a deep path */
#define FILES 100 /* in a large directory */

static char *file_name = "bench.tmp";
static char *readme = "README";
static char block[FILE_SIZE / 8];
static char slashes[SLASHES + 1];
static char deep_path[DEPTH * 2 + 2];
static int to_peer[2], from_peer[2];
static int some_file;

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

static void do_pipe_long_block(void)
{
  through_pipe(LONG_PIPE_BLOCK);
}

static void do_round_trip(void)
{
  need(write(to_peer[1], block, 1) == 1, "writing to the peer");
  need(read(from_peer[0], block, 1) == 1, "reading from the peer");
}

/* Of another program, whose size stays when a row is added here. */
static void do_exec(void)
{
  exec_once("benchwall");
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

static void open_and_close(char *name, int mode)
{
  int fd = open(name, mode);

  need(fd >= 0, "open");
  close(fd);
}

static void do_open(void)
{
  open_and_close(readme, O_RDONLY);
}

static void do_open_deep(void)
{
  open_and_close(deep_path, O_RDONLY);
}

static char large_path[] = "bench.d/f00"; /* f99 when all are made */

static void do_open_large(void)
{
  open_and_close(large_path, O_RDONLY);
}

static void do_open_missing(void)
{
  need(open("bench.d/f100", O_RDONLY) < 0, "finding no file");
}

static void do_create(void)
{
  open_and_close("bench.new", O_CREATE | O_RDWR);
  need(unlink("bench.new") == 0, "unlink");
}

static void do_dup(void)
{
  int fd = dup(some_file);

  need(fd >= 0, "dup");
  close(fd);
}

static void do_fstat(void)
{
  struct stat stat;

  need(fstat(some_file, &stat) == 0, "fstat");
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

static void do_read_large(void)
{
  read_file(file_room, LARGE_READ);
}

static void write_file(char *name)
{
  int fd = open(name, O_CREATE | O_RDWR);

  need(fd >= 0, "create");
  need(write(fd, file_room, FILE_SIZE) == FILE_SIZE, "write");
  close(fd);
}

static void do_write_whole(void)
{
  write_file(file_name);
}

static void do_create_whole(void)
{
  write_file("bench.new");
  need(unlink("bench.new") == 0, "unlink");
}

static char *heap; /* 4 MiB while some of it is written */

static void do_fork_write(void)
{
  int pid = fork();

  if (pid == 0) {
    touch(heap, MIB);
    exit(0);
  }
  need(pid > 0 && wait(0) == pid, "fork");
}

/* All of it in one write, to a child that lives so long. */
static void do_stream(void)
{
  int ends[2];

  need(pipe(ends) == 0, "pipe");
  int pid = fork();
  if (pid == 0) {
    close(ends[1]);
    while (read(ends[0], file_room, STREAM_READ) > 0)
      ;
    exit(0);
  }
  close(ends[0]);
  need(pid > 0 && write(ends[1], file_room, FILE_SIZE) == FILE_SIZE,
       "writing to a child");
  close(ends[1]);
  wait(0);
}

/* The same to the peer, which tells when it has read all. */
static void do_peer_stream(void)
{
  need(write(to_peer[1], file_room, FILE_SIZE) == FILE_SIZE,
       "writing to the peer");
  need(read(from_peer[0], block, 1) == 1, "reading from the peer");
}

/* What some operations need before, and give back after. */

/* A byte has gone through it, and the next ones begin where that has ended. */
static void with_pipe(void)
{
  need(pipe(to_peer) == 0, "pipe");
  through_pipe(1);
}

static void without_pipe(void)
{
  close(to_peer[0]);
  close(to_peer[1]);
}

/* The peer gives a byte for each so many. */
static void echo_bytes(int nbytes)
{
  int step = nbytes < STREAM_READ ? nbytes : STREAM_READ, n, left = nbytes;

  close(to_peer[1]);
  while ((n = read(to_peer[0], block, step)) > 0) {
    left -= n;
    if (left == 0) {
      write(from_peer[1], block, 1);
      left = nbytes;
    }
  }
  exit(0);
}

static void with_peer_of(int nbytes)
{
  with_pipe();
  need(pipe(from_peer) == 0, "pipe");
  int pid = fork();
  need(pid >= 0, "fork");
  if (pid == 0)
    echo_bytes(nbytes);
  close(to_peer[0]);
}

static void with_peer(void)
{
  with_peer_of(1);
}

static void without_peer(void)
{
  close(to_peer[1]);
  close(from_peer[0]);
  close(from_peer[1]);
  wait(0);
}

static void with_heap(void)
{
  heap = grow(4 * MIB);
  touch(heap, 4 * MIB);
}

static void without_heap(void)
{
  grow(-4 * MIB);
}

static void with_room(void)
{
  file_room = grow(FILE_SIZE);
  touch(file_room, FILE_SIZE);
}

static void without_room(void)
{
  grow(-FILE_SIZE);
}

static void with_stream(void)
{
  with_room();
  with_peer_of(FILE_SIZE);
}

static void without_stream(void)
{
  without_peer();
  without_room();
}

static void with_file(void)
{
  int fd = open(file_name, O_CREATE | O_RDWR);

  need(fd >= 0, "create");
  for (int n = 0; n < FILE_SIZE; n += sizeof(block))
    need(write(fd, block, sizeof(block)) == sizeof(block), "write");
  close(fd);
  with_room();
}

static void without_file(void)
{
  without_room();
  unlink(file_name);
}

static void with_some_file(void)
{
  some_file = open(readme, O_RDONLY);
  need(some_file >= 0, "open");
}

static void without_some_file(void)
{
  close(some_file);
}

/* Directories d/d/..., each in the one before. */
static void with_deep_path(void)
{
  for (int i = 0; i < DEPTH; i++) {
    strcpy(deep_path + 2 * i, "d");
    need(mkdir(deep_path) == 0, "mkdir");
    strcpy(deep_path + 2 * i + 1, "/");
  }
  strcpy(deep_path + 2 * DEPTH, "f");
  open_and_close(deep_path, O_CREATE | O_RDWR);
}

static void without_deep_path(void)
{
  for (int end = 2 * DEPTH + 1; end > 0; end -= 2) {
    deep_path[end] = '\0';
    need(unlink(deep_path) == 0, "unlink");
  }
}

/* Let large_path name the next file of the directory, and so all in turn. */
static void for_large_directory(void (*act)(void))
{
  char *digits = large_path + sizeof(large_path) - 3;

  for (int i = 0; i < FILES; i++) {
    digits[0] = (char)('0' + i / 10);
    digits[1] = (char)('0' + i % 10);
    act();
  }
}

static void create_large(void)
{
  open_and_close(large_path, O_CREATE | O_RDWR);
}

static void unlink_large(void)
{
  need(unlink(large_path) == 0, "unlink");
}

static void with_large_directory(void)
{
  need(mkdir("bench.d") == 0, "mkdir");
  for_large_directory(create_large);
}

static void without_large_directory(void)
{
  for_large_directory(unlink_large);
  need(unlink("bench.d") == 0, "unlink");
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
    {"pipe_2048", do_pipe_long_block, 40, with_pipe, without_pipe},
    {"stream", do_stream, 4, with_room, without_room},
    {"peer_stream", do_peer_stream, 4, with_stream, without_stream},
    {"round_trip", do_round_trip, 40, with_peer, without_peer},
    {"fork", fork_once, 10, 0, 0},
    {"exec", do_exec, 4, 0, 0},
    {"sbrk_page", do_sbrk_page, 20, 0, 0},
    {"sbrk_mib", do_sbrk_mib, 4, 0, 0},
    {"sbrk_mib_touched", do_sbrk_mib_touched, 4, 0, 0},
    {"fork_heap", fork_once, 4, with_heap, without_heap},
    {"fork_write", do_fork_write, 4, with_heap, without_heap},
    {"open", do_open, 20, 0, 0},
    {"open_deep", do_open_deep, 20, with_deep_path, without_deep_path},
    {"open_large", do_open_large, 20, with_large_directory,
     without_large_directory},
    {"open_missing", do_open_missing, 20, with_large_directory,
     without_large_directory},
    {"dup", do_dup, 40, with_some_file, without_some_file},
    {"fstat", do_fstat, 40, with_some_file, without_some_file},
    {"read_whole", do_read_whole, 4, with_file, without_file},
    {"read_large", do_read_large, 4, with_file, without_file},
    {"read_small", do_read_small, 2, with_file, without_file},
    {"create", do_create, 10, 0, 0},
    {"write_whole", do_write_whole, 4, with_file, without_file},
    {"create_whole", do_create_whole, 4, with_room, without_room},
};

/* What is measured of a row: by a clock, and by the kernel's counters. */
enum figure {
  CLOCK,
  SATP_WRITES,
  TLB_FLUSHES,
  NFIGURES
};
static const char *const counter_name[NFIGURES] = {
    [SATP_WRITES] = "satp_writes", [TLB_FLUSHES] = "tlb_flushes"};

static int nfigures; /* that are measured: 1 if the kernel does not count */
static int by_time;

/* The least of some batches: what else the kernel has to do now and then, such
 * as the clock's tick, falls into one of them. */
#define BATCHES 5

static uint64 clock_now(void)
{
  return by_time ? time_units() : cycles();
}

/* The block is free between two operations. */
static void read_counts(long counts[NFIGURES])
{
  if (nfigures == CLOCK + 1)
    return;
  read_counters_into(block, sizeof(block));
  for (int i = CLOCK + 1; i < NFIGURES; i++)
    counts[i] = counter_in(block, counter_name[i]);
}

static void batch(void (*operation)(void), int times, long costs[NFIGURES])
{
  long after[NFIGURES];

  read_counts(costs);
  costs[CLOCK] = clock_now();
  for (int i = 0; i < times; i++)
    operation();
  after[CLOCK] = clock_now();
  read_counts(after);
  for (int i = 0; i < nfigures; i++)
    costs[i] = after[i] - costs[i];
}

static void least_of_batches(void (*operation)(void), int times,
                             long least[NFIGURES])
{
  long costs[NFIGURES];

  batch(operation, times, least);
  for (int i = 1; i < BATCHES; i++) {
    batch(operation, times, costs);
    for (int j = 0; j < nfigures; j++) {
      if (costs[j] < least[j])
        least[j] = costs[j];
    }
  }
}

/* While a process waits for the disk and no other runs, the counter does not
 * stand still: under -icount it leaps to the next tick. So a child does what
 * waits, and meanwhile this process and the peer pass a byte to and fro, until
 * the child's own byte comes. A round costs the same each time, and is
 * subtracted. */
#define ROUNDS 100

static void pass_rounds(void)
{
  for (int i = 0; i < ROUNDS; i++)
    do_round_trip();
}

static int waits_for_disk(const struct row *row)
{
  return row->operation == do_write_whole || row->operation == do_create_whole;
}

static long cycles_beside(void (*operation)(void), int times, long of_rounds)
{
  const char last = 'x';
  int rounds = 0, status;

  uint64 start = cycles();
  int pid = fork();
  need(pid >= 0, "fork");
  if (pid == 0) {
    for (int i = 0; i < times; i++)
      operation();
    exit(write(from_peer[1], &last, 1) == 1 ? 0 : 1);
  }
  do {
    block[0] = '\0';
    do_round_trip();
    rounds++;
  } while (block[0] != last);
  need(read(from_peer[0], block, 1) == 1, "reading from the peer");
  need(wait(&status) == pid && status == 0, "what a child does");
  return (long)(cycles() - start) - rounds * of_rounds / ROUNDS;
}

static void print_cycles_beside(const struct row *row)
{
  long rounds[NFIGURES], least[2];

  with_peer();
  least_of_batches(pass_rounds, 1, rounds);
  for (int all = 0; all < 2; all++) {
    for (int i = 0; i < BATCHES; i++) {
      long costs =
          cycles_beside(row->operation, all * row->times, rounds[CLOCK]);
      if (i == 0 || costs < least[all])
        least[all] = costs;
    }
  }
  without_peer();
  printf("%s %d\n", row->name, (int)((least[1] - least[0]) / row->times));
}

/* How often the operation is done in a batch that the clock on the wall can
 * tell from none. */
static int times_by_time(const struct row *row)
{
  long costs[NFIGURES];
  int times = 1;

  while (batch(row->operation, times, costs), costs[CLOCK] < LEAST_UNITS)
    times *= 2;
  return times;
}

/* The share of one operation. What reading the counters adds to them is what a
 * batch of none adds. A count is rounded up: one flush in all of a batch is
 * seen. */
static void print_costs(const struct row *row)
{
  long none[NFIGURES], all[NFIGURES];
  int times = by_time ? times_by_time(row) : row->times;

  least_of_batches(row->operation, 0, none);
  least_of_batches(row->operation, times, all);
  long cost = all[CLOCK] * (by_time ? UNIT_NS : 1) / times;
  printf("%s %d\n", row->name, (int)(cost < INT_LIMIT ? cost : INT_LIMIT));
  for (int i = CLOCK + 1; i < nfigures; i++)
    printf("%s %s %d\n", counter_name[i], row->name,
           (int)((all[i] - none[i] + times - 1) / times));
}

/* Measure it when it has been done once to warm up. */
static void measure(const struct row *row)
{
  if (row->before)
    row->before();
  row->operation();
  if (waits_for_disk(row) && !by_time)
    print_cycles_beside(row);
  else
    print_costs(row);
  if (row->after)
    row->after();
}

/* Whether a pipe holds so many bytes: 512 do fit on any kernel. Who writes more
 * than fits, and is the only reader, waits for ever; so a child tries, and is
 * ended when others, that began later, have come to their ends. */
static int pipe_holds(int nbytes)
{
  const int others = 10;
  int holds = 0, status = 0;

  with_pipe();
  int writer = fork();
  need(writer >= 0, "fork");
  if (writer == 0) {
    write(to_peer[1], block, nbytes);
    exit(0);
  }
  for (int i = 0; i <= others; i++) {
    if (i < others && fork() == 0)
      exit(0);
    if (i == others)
      kill(writer);
    if (wait(&status) == writer)
      holds = status == 0;
  }
  without_pipe();
  return holds;
}

static int fits(const struct row *row)
{
  return row->operation != do_pipe_long_block || pipe_holds(LONG_PIPE_BLOCK);
}

static int is_named(const char *name, int argc, char *argv[])
{
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], name) == 0)
      return 1;
  }
  return argc == 0;
}

int main(int argc, char *argv[])
{
  argc--, argv++;
  by_time = argc > 0 && strcmp(argv[0], "time") == 0;
  if (by_time)
    argc--, argv++;
  memset(slashes, '/', SLASHES);
  fill_process();
  read_counters_into(block, sizeof(block));
  nfigures = counter_in(block, counter_name[SATP_WRITES]) < 0 || by_time
                 ? CLOCK + 1
                 : NFIGURES;
  for (int i = 0; i < COUNT_OF(rows); i++) {
    if (is_named(rows[i].name, argc, argv) && fits(&rows[i]))
      measure(&rows[i]);
  }
  exit(0);
}
