/* pagecost: what a process of 22 pages costs: its private kernel table, that
 * table when the process has a large lazy heap, and an idle forked child. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "user/user.h"
#include "user/lib/util.h"

#define PAGES 22
#define GUARD_PAGES 1
#define LAZY_MIB 100

static void fail(const char *what)
{
  fprintf(2, "pagecost: %s failed\n", what);
  exit(1);
}

static int counter(const char *name)
{
  int value = counter_value(name);

  if (value < 0)
    fail(name);
  return value;
}

/* Grow to the pages wanted, and touch each: image, stack and heap. */
static void fill(void)
{
  uint64 end = (PAGES + GUARD_PAGES) * PGSIZE;
  uint64 start = (uint64)sbrk(0);

  if (start > end || sbrk((int)(end - start)) == SBRK_ERROR)
    fail("growing");
  for (uint64 va = start; va < end; va += PGSIZE)
    *(volatile char *)va = 1;
}

static void print_table_cost(const char *of)
{
  int fd = open("/counters", O_WRONLY);

  /* Twice: pages that were never used before cost a little less. */
  if (fd < 0 || write(fd, "measure", 7) != 7 || write(fd, "measure", 7) != 7)
    fail("measuring");
  close(fd);
  int pages = counter("private_table_pages");
  printf("private table of %s: %d pages, %d instructions\n", of, pages,
         counter("private_table_instructions"));
}

/* The child says that it is there, and waits to be told to go. */
static void print_child_cost(void)
{
  int ready[2], go[2];
  char byte = 'x';

  if (pipe(ready) < 0 || pipe(go) < 0)
    fail("pipe");
  int before = counter("pages_free");
  int pid = fork();
  if (pid < 0)
    fail("fork");
  if (pid == 0) {
    write(ready[1], &byte, 1);
    read(go[0], &byte, 1);
    exit(0);
  }
  read(ready[0], &byte, 1);
  int after = counter("pages_free");
  write(go[1], &byte, 1);
  wait(0);
  printf("idle forked process of %d pages: %d pages\n", PAGES, before - after);
}

int main(void)
{
  fill();
  print_table_cost("22 pages");
  print_child_cost();
  if (sbrklazy(LAZY_MIB * 1024 * 1024) == SBRK_ERROR)
    fail("growing lazily");
  print_table_cost("22 pages and 100 MiB of lazy heap");
  return 0;
}
