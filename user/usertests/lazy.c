/* Memory that was grown lazily comes at the first touch, by the program or by
 * a system call, and only then. */
#include "usertests.h"

#define GIB (1024 * 1024 * 1024L)
#define STRIDE (64 * PGSIZE) /* between the pages that are touched */

static void mark_pages(char *start)
{
  for (long at = 0; at < GIB; at += STRIDE)
    *(char **)(start + at) = start + at;
}

static void must_be_marked(char *start)
{
  for (long at = 0; at < GIB; at += STRIDE)
    MUST(*(char **)(start + at) == start + at);
}

static void touch_more_than_there_is(uint64 unused)
{
  uint64 npages = counter("pages_total") + 1;
  char *start = sbrk(0);

  (void)unused;
  must_move_break((uint64)start + npages * PGSIZE);
  for (uint64 i = 0; i < npages; i++)
    store_to((uint64)start + i * PGSIZE);
}

/* A GiB is more than the memory that it takes; who touches more than there
 * is ends. */
void test_lazy_alloc(void)
{
  char *start = must_grow_lazily(GIB);

  MUST(sbrk(0) == start + GIB);
  mark_pages(start);
  must_be_marked(start);
  must_fault(touch_more_than_there_is, 0);
  must_be_marked(start);
}

static void give_back_and_touch(uint64 va)
{
  uint64 here = break_now();

  must_move_break(here - GIB);
  load_from(va);
}

/* What is given back is gone, whether it was touched or not, and costs
 * nothing any more. */
void test_lazy_unmap(void)
{
  char *start = must_grow_lazily(GIB);
  uint64 before;

  break_line(); /* whose page must_fault would copy later */
  before = available_pages();
  mark_pages(start);
  MUST(available_pages() < before);
  for (long at = 0; at < GIB; at += GIB / 4)
    must_fault(give_back_and_touch, (uint64)PGROUNDUP((uint64)start) + at);
  must_shrink(GIB);
  MUST(available_pages() >= before);
}

static char *untouched_page(void)
{
  align_break();
  return must_grow_lazily(PGSIZE);
}

static void pass_by(uint64 unused)
{
  (void)unused;
}

static void read_without_memory(uint64 fd)
{
  char *lazy = untouched_page();

  buy_all();
  MUST_REFUSE(read((int)fd, lazy, PGSIZE));
}

/* Every kind of copy brings the page it needs: buffers both ways, results,
 * paths; but none beyond the break, and none when memory is out. */
void test_lazy_copy(void)
{
  int fd = must_open("file", O_CREATE | O_RDWR);
  char *beyond;

  must_write(fd, untouched_page(), PGSIZE);
  must_write(fd, "end", 3);
  must_close(fd);
  fd = must_open("file", O_RDONLY);
  must_read(fd, untouched_page() + PGSIZE - 100, 100);
  must_pass(read_without_memory, fd);
  must_close(fd);

  MUST_EQ(fstat(1, (struct stat *)untouched_page()), 0);
  MUST_EQ(pipe((int *)untouched_page()), 0);
  MUST_REFUSE(mkdir(untouched_page())); /* an empty path */
  must_spawn(pass_by, 0);
  MUST(wait((int *)untouched_page()) > 0);

  beyond = untouched_page() + PGSIZE;
  fd = must_open("file", O_RDWR);
  MUST_REFUSE(read(fd, beyond, PGSIZE));
  MUST_REFUSE(write(fd, beyond, PGSIZE));
  MUST_REFUSE(open(beyond, O_RDONLY));
}

/* Where growing ends, and lazy and eager growth side by side. */
void test_lazy_sbrk(void)
{
  uint64 start = break_now();
  char *eager;

  must_move_break(TRAPFRAME - 2 * PGSIZE);
  MUST(sbrklazy(3 * PGSIZE) == SBRK_ERROR);
  MUST(sbrk(3 * PGSIZE) == SBRK_ERROR);
  MUST(sbrklazy(0x7FFFFFFF) == SBRK_ERROR);
  eager = must_grow(PGSIZE);
  store_to((uint64)eager);
  must_grow_lazily(PGSIZE);
  MUST_EQ(break_now(), TRAPFRAME);
  MUST(sbrklazy(1) == SBRK_ERROR);

  MUST(sbrklazy(-PGSIZE) == (char *)TRAPFRAME);
  MUST_EQ(break_now(), TRAPFRAME - PGSIZE);
  must_move_break(start);
  MUST(sbrklazy((int)0x80000000) == (char *)start);
  MUST_EQ(break_now(), start);
}
