/* benchwall [disk | two]: what waits for the disk, in microseconds of the wall
 * for one operation; and two workers at a time, for all that they do. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"
#include "bench.h"

#define TICKS_PER_MICROSECOND 10 /* of QEMU's virt machine */
#define WORKERS 2

static char *file_name = "bench.tmp";
static char block[FILE_SIZE / 8];

static uint64 microseconds(void)
{
  uint64 now;

  asm volatile("rdtime %0" : "=r"(now));
  return now / TICKS_PER_MICROSECOND;
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

static void pipe_often(void)
{
  int ends[2], nbytes = 256;

  need(pipe(ends) == 0, "pipe");
  for (int i = 0; i < 3000; i++) {
    need(write(ends[1], block, nbytes) == nbytes, "writing to a pipe");
    need(read(ends[0], block, nbytes) == nbytes, "reading from a pipe");
  }
}

static void open_often(void)
{
  for (int i = 0; i < 3000; i++) {
    int fd = open_file("README", O_RDONLY);
    need(read(fd, block, KIB) == KIB, "read");
    close(fd);
  }
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

static const struct row two_rows[] = {
    {"two_fork", fork_often, 1},
    {"two_pipe", pipe_often, 1},
    {"two_open", open_often, 1},
};

static void print_time(const struct row *row)
{
  uint64 start = microseconds();

  for (int i = 0; i < row->times; i++)
    row->operation();
  printf("%s %d\n", row->name, (int)((microseconds() - start) / row->times));
}

static void print_time_of_two(const struct row *row)
{
  uint64 start = microseconds();
  int status;

  for (int i = 0; i < WORKERS; i++) {
    int pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0) {
      row->operation();
      exit(0);
    }
  }
  for (int i = 0; i < WORKERS; i++)
    need(wait(&status) > 0 && status == 0, "a worker");
  printf("%s %d\n", row->name, (int)(microseconds() - start));
}

int main(int argc, char *argv[])
{
  int two = argc > 1 && strcmp(argv[1], "two") == 0;

  if (!two) {
    write_file();
    for (int i = 0; i < COUNT_OF(disk_rows); i++)
      print_time(&disk_rows[i]);
    unlink(file_name);
  }
  if (two || argc == 1) {
    for (int i = 0; i < COUNT_OF(two_rows); i++)
      print_time_of_two(&two_rows[i]);
  }
  exit(0);
}
