/* pagecost: what a process of 22 pages costs: the cycles of a fork, which makes
 * a private kernel table, and the pages of an idle forked child. */
#include "kernel/types.h"
#include "user/user.h"
#include "user/lib/util.h"
#include "bench.h"

#define BATCHES 5
#define TIMES 4

/* Of some batches the one in which the kernel had least to do beside it; the
 * first ones warm up. */
static void print_fork_cost(void)
{
  uint64 least = -1;

  for (int batch = 0; batch < BATCHES; batch++) {
    uint64 start = cycles();
    for (int i = 0; i < TIMES; i++)
      fork_once();
    uint64 total = cycles() - start;
    if (total < least)
      least = total;
  }
  printf("fork of %d pages: %d cycles\n", PROCESS_PAGES, (int)(least / TIMES));
}

static int pages_free(void)
{
  int value = counter_value("pages_free");

  need(value >= 0, "reading the counters");
  return value;
}

/* The child says that it is there, and waits to be told to go. */
static void print_child_cost(void)
{
  int ready[2], go[2];
  char byte = 'x';

  need(pipe(ready) == 0 && pipe(go) == 0, "pipe");
  int before = pages_free();
  int pid = fork();
  need(pid >= 0, "fork");
  if (pid == 0) {
    write(ready[1], &byte, 1);
    read(go[0], &byte, 1);
    exit(0);
  }
  read(ready[0], &byte, 1);
  int after = pages_free();
  write(go[1], &byte, 1);
  wait(0);
  printf("idle forked process of %d pages: %d pages\n", PROCESS_PAGES,
         before - after);
}

int main(void)
{
  fill_process();
  print_fork_cost();
  print_child_cost();
  return 0;
}
