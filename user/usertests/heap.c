/* The break, moved up and down: what comes is zeroed, what goes is gone. */
#include "kernel/syscall.h"
#include "usertests.h"

#define MANY (100 * 1024 * 1024L)
#define GIB (1024 * 1024 * 1024L)

static void grow_by_one(uint64 unused)
{
  (void)unused;
  store_to((uint64)must_grow(1));
  store_to((uint64)must_grow(1));
}

static void buy_more_than_there_is(uint64 unused)
{
  (void)unused;
  while (sbrk(GIB) != SBRK_ERROR)
    ;
}

/* Byte by byte, every new byte usable; a child has a break of its own; and
 * memory that is not there cannot be bought. */
void test_sbrkbasic(void)
{
  char *start = sbrk(0);

  must_pass(buy_more_than_there_is, 0);
  for (int i = 0; i < 5000; i++) {
    char *byte = must_grow(1);

    MUST(byte == start + i);
    *byte = 1;
  }
  must_pass(grow_by_one, 0);
  MUST(sbrk(0) == start + 5000);
}

/* 100 MiB, all of it used; the last page goes, and comes back zeroed. When all
 * of it goes, so do its tables, from the kernel's table as well. */
void test_sbrkmuch(void)
{
  uint64 start = break_now(), last = MANY - 1;

  must_grow(MANY - start);
  for (uint64 va = PGROUNDUP(start); va < last; va += PGSIZE)
    *(uint64 *)va = va;
  for (uint64 va = PGROUNDUP(start); va < last; va += PGSIZE)
    MUST_EQ(*(uint64 *)va, va);
  store_to(last);

  must_shrink(PGSIZE);
  MUST_EQ(pgpte((void *)last), 0);
  must_grow(PGSIZE);
  MUST_EQ(*(char *)last, 0);
  must_shrink(MANY - start);
  MUST_EQ(ascheck(), 0);
  must_fault(load_from, last);
}

/* A page may be left that another one with a table page would need. */
#define SCRAPS (4 * PGSIZE)

static struct pipe_ends dinner_bell, empty_plates;

static void eat_memory(uint64 unused)
{
  long step = 8 * 1024 * 1024;
  char byte;

  must_read(dinner_bell.in, &byte, 1);
  while (step >= PGSIZE) {
    char *block = sbrk((int)step);

    if (block == SBRK_ERROR)
      step /= 2;
    else
      store_to((uint64)block);
  }
  must_write(empty_plates.out, "x", 1);
  spin(unused);
}

/* When children have eaten all memory together, growing is refused; when they
 * are killed, all of it is back. */
void test_sbrkfail(void)
{
  enum {
    EATERS = 4
  };
  char plates[EATERS];
  int pids[EATERS];

  dinner_bell = must_pipe();
  empty_plates = must_pipe();
  for (int i = 0; i < EATERS; i++)
    pids[i] = must_spawn(eat_memory, 0);
  must_write(dinner_bell.out, plates, EATERS);
  must_read(empty_plates.in, plates, EATERS);

  MUST(sbrk(SCRAPS) == SBRK_ERROR);
  for (int i = 0; i < EATERS; i++) {
    MUST_EQ(kill(pids[i]), 0);
    MUST_EQ(must_reap(), KILLED_STATUS);
  }
  store_to((uint64)must_grow(10 * 1024 * 1024));
}

/* New memory, not touched yet, as a system call's buffer. */
void test_sbrkarg(void)
{
  int fd = must_open("file", O_CREATE | O_RDWR);

  must_write(fd, must_grow(PGSIZE), PGSIZE);
  must_close(fd);
  must_unlink("file");
  MUST_EQ(pipe((int *)must_grow(PGSIZE)), 0);
}

static void shrink_to(uint64 new_break)
{
  raw_call(SYS_sbrk, new_break - break_now(), SBRK_EAGER, 0);
}

/* Programs that give back the page they run on fault, and no more. */
void test_sbrkbugs(void)
{
  static const uint64 breaks[] = {0, 1, 3500, PGSIZE - 1};

  for (int i = 0; i < COUNT_OF(breaks); i++)
    must_fault(shrink_to, breaks[i]);
}

/* The last, incomplete page after a shrink to the middle of it. */
void test_sbrklast(void)
{
  char *start = align_break(), *end;
  int fd;

  must_grow(PGSIZE + 10);
  must_shrink(20);
  end = start + PGSIZE - 10;
  MUST(sbrk(0) == end);

  strcpy(end - 2, "f");
  fd = must_open(end - 2, O_CREATE | O_RDWR);
  must_write(fd, end - 1, 1);
  must_close(fd);
  fd = must_open("f", O_RDONLY);
  end[-1] = 'x';
  must_read(fd, end - 1, 1);
  MUST_EQ(end[-1], 0);
}

/* Almost the most negative argument: more than there is to give back, so
 * nothing changes. */
void test_sbrk8000(void)
{
  char *top = sbrk(0);

  MUST(sbrk((int)0x80000004) == top);
  MUST(sbrk((int)0x80000000) == top);
  MUST(sbrk(0) == top);
  store_to((uint64)top - 1);
}

/* malloc gives memory until there is none, in a child; each block is apart
 * from the others; freed, it can be had again. */
static void use_up_malloc(uint64 unused)
{
  const uint block_size = 10001;
  void **newest = NULL, **block;

  (void)unused;
  while ((block = malloc(block_size)) != NULL) {
    *block = newest;
    newest = block;
  }
  MUST(newest != NULL);
  while (newest) {
    block = newest;
    newest = *block;
    free(block);
  }
  block = malloc(2 * block_size);
  MUST(block != NULL);
  free(block);
}

void test_mem(void)
{
  must_pass(use_up_malloc, 0);
}

static char unset[10000];

void test_bsstest(void)
{
  for (int i = 0; i < COUNT_OF(unset); i++)
    MUST_EQ(unset[i], 0);
}

static void write_all(uint64 value)
{
  memset(unset, (int)value, sizeof(unset));
  for (int i = 0; i < COUNT_OF(unset); i++)
    MUST_EQ(unset[i], value);
}

/* What parent and child share until they write, neither sees change. */
void test_forkshare(void)
{
  enum {
    CHILDREN = 5
  };

  memset(unset, 100, sizeof(unset));
  for (int i = 0; i < CHILDREN; i++)
    must_spawn(write_all, i);
  must_all_pass(CHILDREN);
  for (int i = 0; i < COUNT_OF(unset); i++)
    MUST_EQ(unset[i], 100);
  must_spawn(write_all, 1);
  write_all(2);
  must_all_pass(1);
}
