/* benchwall [disk | work | turns | wake] [WORKERS]: in microseconds of the
 * wall, what waits for the disk, for one operation; one or more workers at a
 * time, and processes that take turns, for all that they do; and how long one
 * that is woken waits for a hart while the other computes. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"
#include "bench.h"

#define UNITS_PER_MICROSECOND (1000 / UNIT_NS)

static char *file_name = "bench.tmp";
static char block[FILE_SIZE / 8];

static uint64 microseconds(void)
{
  return time_units() / UNITS_PER_MICROSECOND;
}

static int open_file(char *name, int mode)
{
  int fd = open(name, mode);

  need(fd >= 0, "open");
  return fd;
}

static void create_and_unlink(void)
{
  close(open_file("bench.new", O_CREATE | O_RDWR));
  need(unlink("bench.new") == 0, "unlink");
}

static void write_file(void)
{
  int fd = open_file(file_name, O_CREATE | O_RDWR);

  for (int n = 0; n < FILE_SIZE; n += sizeof(block))
    need(write(fd, block, sizeof(block)) == sizeof(block), "write");
  close(fd);
}

static void read_file(void)
{
  int fd = open_file(file_name, O_RDONLY);

  for (int n = 0; n < FILE_SIZE; n += sizeof(block))
    need(read(fd, block, sizeof(block)) == sizeof(block), "read");
  close(fd);
}

static void fork_often(void)
{
  for (int i = 0; i < 1000; i++)
    fork_once();
}

static void fork_for_long(void)
{
  for (int i = 0; i < 10; i++)
    fork_often();
}

static void pipe_often(void)
{
  int ends[2], nbytes = 256;

  need(pipe(ends) == 0, "pipe");
  for (int i = 0; i < 30000; i++) {
    need(write(ends[1], block, nbytes) == nbytes, "writing to a pipe");
    need(read(ends[0], block, nbytes) == nbytes, "reading from a pipe");
  }
}

static void open_often(void)
{
  for (int i = 0; i < 30000; i++) {
    int fd = open_file("README", O_RDONLY);
    need(read(fd, block, KIB) == KIB, "read");
    close(fd);
  }
}

static int fork_child(void)
{
  int pid = fork();

  need(pid >= 0, "fork");
  return pid;
}

/* Another process, which gives the time for each byte, and the pipes to it and
 * back from it. */
static int there[2], back[2];

static void give_the_time(void)
{
  close(there[1]);
  while (read(there[0], block, 1) == 1) {
    uint64 now = microseconds();
    need(write(back[1], &now, sizeof(now)) == sizeof(now), "writing to a pipe");
  }
  exit(0);
}

static void start_peer(void)
{
  need(pipe(there) == 0 && pipe(back) == 0, "pipe");
  if (fork_child() == 0)
    give_the_time();
  close(there[0]);
  close(back[1]);
}

static void end_peer(void)
{
  close(there[1]);
  close(back[0]);
  wait(0);
}

static void wake_peer(void)
{
  need(write(there[1], block, 1) == 1, "writing to a pipe");
}

static uint64 time_of_peer(void)
{
  uint64 then;

  need(read(back[0], &then, sizeof(then)) == sizeof(then),
       "reading from a pipe");
  return then;
}

static void pass_a_byte(void)
{
  start_peer();
  for (int i = 0; i < 10000; i++) {
    wake_peer();
    time_of_peer();
  }
  end_peer();
}

/* From the wake until the peer runs, which it might do at once, on another
 * hart: the mean. */
static int wait_of_woken(void)
{
  const int times = 100, computing = 1000; /* microseconds */
  uint64 total = 0;

  start_peer();
  for (int i = 0; i < times; i++) {
    uint64 start = microseconds();
    wake_peer();
    while (microseconds() - start < computing)
      ;
    total += time_of_peer() - start;
  }
  end_peer();
  return (int)(total / times);
}

/* Become a program whose descriptor end (0 or 1) is that of the pipe. */
static void become(char **arguments, int *ends, int end)
{
  close(end);
  dup(ends[end]);
  close(ends[0]);
  close(ends[1]);
  exec(arguments[0], arguments);
  exit(1);
}

/* As a shell does cat README | grep nowhere. */
static void pipeline(void)
{
  char *cat[] = {"cat", "README", 0}, *grep[] = {"grep", "nowhere[", 0};
  int ends[2];

  need(pipe(ends) == 0, "pipe");
  if (fork_child() == 0)
    become(cat, ends, 1);
  if (fork_child() == 0)
    become(grep, ends, 0);
  close(ends[0]);
  close(ends[1]);
  wait(0);
  wait(0);
}

static void pipeline_often(void)
{
  for (int i = 0; i < 50; i++)
    pipeline();
}

struct row {
  char *name;
  void (*operation)(void);
  int times;
};

/* The second writes over what the first time made. */
static const struct row disk_rows[] = {
    {"create_unlink", create_and_unlink, 200},
    {"overwrite", write_file, 5},
    {"read_file", read_file, 5},
};

static const struct row work_rows[] = {
    {"work_fork", fork_for_long, 1},
    {"work_pipe", pipe_often, 1},
    {"work_open", open_often, 1},
};

static const struct row turn_rows[] = {
    {"turn_byte", pass_a_byte, 1},
    {"turn_fork", fork_often, 1},
    {"turn_pipeline", pipeline_often, 1},
};

static void print_time(const struct row *row)
{
  uint64 start = microseconds();

  for (int i = 0; i < row->times; i++)
    row->operation();
  printf("%s %d\n", row->name, (int)((microseconds() - start) / row->times));
}

static void print_times(const struct row *rows, int count)
{
  for (int i = 0; i < count; i++)
    print_time(&rows[i]);
}

static void print_time_of_workers(const struct row *row, int nworkers)
{
  uint64 start = microseconds();
  int status;

  for (int i = 0; i < nworkers; i++) {
    if (fork_child() == 0) {
      row->operation();
      exit(0);
    }
  }
  for (int i = 0; i < nworkers; i++)
    need(wait(&status) > 0 && status == 0, "a worker");
  printf("%s %d\n", row->name, (int)(microseconds() - start));
}

static void print_times_of_workers(int nworkers)
{
  for (int i = 0; i < COUNT_OF(work_rows); i++)
    print_time_of_workers(&work_rows[i], nworkers);
}

int main(int argc, char *argv[])
{
  char *only = argc > 1 ? argv[1] : 0;
  int nworkers = argc > 2 ? atoi(argv[2]) : 2;

  if (is_to_end(argc, argv))
    exit(0);
  if (!only || strcmp(only, "disk") == 0) {
    write_file();
    print_times(disk_rows, COUNT_OF(disk_rows));
    unlink(file_name);
  }
  if (!only || strcmp(only, "work") == 0)
    print_times_of_workers(nworkers);
  if (!only || strcmp(only, "turns") == 0)
    print_times(turn_rows, COUNT_OF(turn_rows));
  if (!only || strcmp(only, "wake") == 0)
    printf("wake %d\n", wait_of_woken());
  exit(0);
}
