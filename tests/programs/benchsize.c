/* benchsize: what fork, and exec, cost a process by the size of its heap, in
 * cycles. benchsize pages: the pages that an idle child of it takes. */
#include "kernel/types.h"
#include "user/user.h"
#include "bench.h"

#define TIMES 2
#define CHILDREN 10    /* as many idle ones, and a few of large ones */
#define FEW_CHILDREN 2 /* so that they all find room */
#define LARGE_KIB KIB  /* heap that makes a process large */
#define TENTHS 10

static const int heap_kib[] = {0, 16, 64, 256, 1024, 4096, 16384};
static const int heap_kib_of_pages[] = {0, 1024, 4096};

static char *program; /* its own path */
static char text[4096];

static int cycles_of_fork(void)
{
  fork_once();
  uint64 start = cycles();
  for (int i = 0; i < TIMES; i++)
    fork_once();
  return (int)((cycles() - start) / TIMES);
}

static int cycles_of_exec(void)
{
  exec_once(program);
  uint64 start = cycles();
  for (int i = 0; i < TIMES; i++)
    exec_once(program);
  return (int)((cycles() - start) / TIMES);
}

static void print_costs(int kib)
{
  printf("fork_size %d %d\n", kib, cycles_of_fork());
  printf("exec_size %d %d\n", kib, cycles_of_exec());
}

/* What the kernel says, if it is one that does; -1. */
static int pages_by_counters(void)
{
  read_counters_into(text, sizeof(text));
  return counter_in(text, "pages_free");
}

/* The number of steps of so many bytes that the heap can be grown by. */
static int steps(int nbytes)
{
  int count = 0;

  while (sbrk(nbytes) != (char *)-1)
    count++;
  return count;
}

static int pages_by_trial(void)
{
  int large = steps(MIB), small = steps(PAGE);

  for (int i = 0; i < large; i++)
    grow(-MIB);
  grow(-small * PAGE);
  return large * (MIB / PAGE) + small;
}

static int free_pages(void)
{
  int pages = pages_by_counters();

  return pages >= 0 ? pages : pages_by_trial();
}

/* It tells that it is there, and waits for the end of the other pipe. */
static void be_idle(int *ready, int *end)
{
  char byte = 'x';

  close(end[1]);
  write(ready[1], &byte, 1);
  read(end[0], &byte, 1);
  exit(0);
}

static void print_pages(int kib)
{
  int children = kib < LARGE_KIB ? CHILDREN : FEW_CHILDREN;
  int ready[2], end[2];
  char byte;

  need(pipe(ready) == 0 && pipe(end) == 0, "pipe");
  int before = free_pages();
  for (int i = 0; i < children; i++) {
    int pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0)
      be_idle(ready, end);
    need(read(ready[0], &byte, 1) == 1, "reading from a child");
  }
  int taken = before - free_pages();
  close(end[1]);
  for (int i = 0; i < children; i++)
    wait(0);
  close(end[0]);
  close(ready[0]);
  close(ready[1]);
  printf("idle_tenths %d %d\n", kib, taken * TENTHS / children);
}

/* Do it with a heap of so many KiB more. */
static void with_heap(int kib, void (*print)(int kib))
{
  touch(grow(kib * KIB), kib * KIB);
  print(kib);
  grow(-kib * KIB);
}

int main(int argc, char *argv[])
{
  if (is_to_end(argc, argv))
    exit(0);
  program = argv[0];
  fill_process();
  if (argc > 1) {
    for (int i = 0; i < COUNT_OF(heap_kib_of_pages); i++)
      with_heap(heap_kib_of_pages[i], print_pages);
  } else {
    for (int i = 0; i < COUNT_OF(heap_kib); i++)
      with_heap(heap_kib[i], print_costs);
  }
  exit(0);
}
