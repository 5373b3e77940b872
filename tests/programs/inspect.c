/* inspect: print the tables of processes that compute, sleep, write files, or
 * have ended, and say of each what ptdump said. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"

static int ends[2]; /* of a pipe that nobody writes to */

static void compute(void)
{
  for (volatile int i = 0;; i++)
    ;
}

static void call(void)
{
  for (;;)
    getpid();
}

static void read_pipe(void)
{
  char byte;
  read(ends[0], &byte, 1);
}

static void sleep_long(void)
{
  pause(10000);
}

static void write_files(void)
{
  static char bytes[8192];

  for (;;) {
    int fd = open("inspected", O_CREATE | O_RDWR);
    write(fd, bytes, sizeof(bytes));
    close(fd);
    unlink("inspected");
  }
}

static void end(void)
{
}

static const struct {
  const char *name;
  void (*act)(void);
} kinds[] = {
    {"computing", compute},   {"calling", call},        {"reading", read_pipe},
    {"sleeping", sleep_long}, {"writing", write_files}, {"ended", end},
};

int main(void)
{
  pipe(ends);
  for (uint i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    int pid = fork();
    if (pid == 0) {
      kinds[i].act();
      exit(0);
    }
    pause(2);
    int result = ptdump(pid, 0);
    int breaches = ascheck();
    kill(pid);
    wait(0);
    printf("%s: ptdump %d, ascheck %d\n", kinds[i].name, result, breaches);
  }
  unlink("inspected");
  exit(0);
}
