/* stressfs: processes that write and read files of their own at the same
 * time, so that the disk queue and the buffer cache fill up. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"

#define WORKERS 5
#define BLOCKS 20

static char block[512];

static void stop(int worker, const char *what)
{
  printf("stressfs: worker %d: %s\n", worker, what);
  exit(1);
}

static void write_blocks(int worker, const char *path)
{
  int fd = open(path, O_CREATE | O_TRUNC | O_WRONLY);

  if (fd < 0)
    stop(worker, "cannot create its file");
  for (int i = 0; i < BLOCKS; i++) {
    memset(block, 'a' + (worker + i) % 26, sizeof(block));
    if (write(fd, block, sizeof(block)) != sizeof(block))
      stop(worker, "cannot write");
  }
  close(fd);
}

static void check_blocks(int worker, const char *path)
{
  int fd = open(path, O_RDONLY);

  for (int i = 0; i < BLOCKS; i++) {
    if (read(fd, block, sizeof(block)) != sizeof(block))
      stop(worker, "cannot read");
    for (int at = 0; at < (int)sizeof(block); at++) {
      if (block[at] != 'a' + (worker + i) % 26)
        stop(worker, "reads what it did not write");
    }
  }
  close(fd);
}

static void work(int worker)
{
  char path[] = "stressfs0";

  path[sizeof(path) - 2] = (char)('0' + worker);
  write_blocks(worker, path);
  check_blocks(worker, path);
  if (unlink(path) < 0)
    stop(worker, "cannot remove its file");
  exit(0);
}

int main(void)
{
  int failures = 0, status, pid;

  printf("stressfs starting\n");
  for (int worker = 0; worker < WORKERS; worker++) {
    pid = fork();
    if (pid == 0)
      work(worker);
    if (pid < 0)
      failures++;
  }
  while (wait(&status) > 0)
    failures += status != 0;
  printf("stressfs: %s\n", failures ? "FAILED" : "OK");
  return failures != 0;
}
