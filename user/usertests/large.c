/* Heap bought in pieces so large that the kernel may map 2 MiB by one leaf:
 * the process cannot tell, but by pgpte. */
#include "usertests.h"

#define SPAN (3 * PGSIZE) /* of text that lies across an end of a leaf */
#define RACES 20

/* The text at start goes to a file and comes back, to start. */
static void round_trip(char *start)
{
  int fd = must_open("file", O_CREATE | O_TRUNC | O_RDWR);

  fill_text(start, SPAN, 1, 0);
  must_write(fd, start, SPAN);
  must_close(fd);
  memset(start, 0, SPAN);
  fd = must_open("file", O_RDONLY);
  must_read(fd, start, SPAN);
  must_close(fd);
  must_be_text(start, SPAN, 1, 0);
}

/* The kernel is the first to touch each of the four leaves from va on. */
static void copy_around_leaves(uint64 va)
{
  const uint64 large = SUPERPGSIZE;
  char *start = (char *)va;

  must_move_break(va - 2 * PGSIZE);
  must_grow(4 * large + 4 * PGSIZE);
  round_trip(start - PGSIZE);
  round_trip(start + 4 * large - PGSIZE);
  MUST_EQ(fstat(1, (struct stat *)(start + 1 * large)), 0);
  strcpy(start + 2 * large - 2, "file");
  must_close(must_open(start + 2 * large - 2, O_RDONLY));
  MUST(pgpte(start) == pgpte(start + large - 1));

  fill_text(start + large, PGSIZE, 2, 0);
  must_move_break(va + large + PGSIZE);
  must_be_text(start + large, PGSIZE, 2, 0);
  MUST_REFUSE(write(1, start + large + PGSIZE, 1));
  round_trip(start + large - SPAN + PGSIZE);
}

static uint64 walked_copies(void)
{
  return counter("copyin_walk") + counter("copyinstr_walk") +
         counter("copyout_walk");
}

/* Below USER_VA_STOP, none of the copies walks if they need not. */
void test_largecopies(void)
{
  uint64 walked = walked_copies();

  must_pass(copy_around_leaves, SUPERPGROUNDUP(break_now() + 2 * PGSIZE));
  if (copies_go_direct())
    MUST_EQ(walked_copies(), walked);
  must_pass(copy_around_leaves, USER_VA_STOP - SUPERPGSIZE);
  must_pass(copy_around_leaves, USER_VA_STOP);
  must_pass(copy_around_leaves, 1UL << 32);
}

/* Each page that was touched since the last question, once; of a leaf, every
 * page was touched with it. */
void test_largeaccess(void)
{
  char *start = (char *)SUPERPGROUNDUP(break_now());
  uchar mask[SUPERPGSIZE / PGSIZE / 8];

  must_move_break((uint64)start);
  must_grow(SUPERPGSIZE);
  store_to((uint64)start);
  MUST_EQ(pgaccess(start, SUPERPGSIZE / PGSIZE, mask), 0);
  for (int i = 0; i < COUNT_OF(mask); i++)
    MUST_EQ(mask[i], 0xFF);
  load_from((uint64)start + 9 * PGSIZE);
  MUST_EQ(pgaccess(start, SUPERPGSIZE / PGSIZE, mask), 0);
  for (int i = 0; i < COUNT_OF(mask); i++)
    MUST_EQ(mask[i], i == 1 ? 1 << 1 : 0);
}

void write_numbers(uint64 *start, uint64 *end, uint64 first)
{
  for (uint64 *page = start; page < end; page += PGSIZE / sizeof(*page))
    *page = first++;
}

void must_be_numbers(uint64 *start, uint64 *end, uint64 first)
{
  for (uint64 *page = start; page < end; page += PGSIZE / sizeof(*page))
    MUST_EQ(*page, first++);
}

static void overwrite(uint64 start)
{
  uint64 *first = (uint64 *)start, *end = (uint64 *)break_now();

  must_be_numbers(first, end, 1);
  write_numbers(first, end, 2);
  must_be_numbers(first, end, 2);
}

/* Both write at once to what they share. */
static void race(uint64 unused)
{
  uint64 *start = (uint64 *)SUPERPGROUNDUP(break_now()), *end;

  (void)unused;
  must_move_break((uint64)start);
  must_grow(2 * SUPERPGSIZE);
  end = (uint64 *)break_now();
  for (int i = 0; i < RACES; i++) {
    write_numbers(start, end, 1);
    must_spawn(overwrite, (uint64)start);
    write_numbers(start, end, 3);
    must_all_pass(1);
    must_be_numbers(start, end, 3);
    MUST(pgpte(start) == pgpte((char *)end - SUPERPGSIZE - 1));
  }
}

void test_largerace(void)
{
  must_pass(race, 0);
}

static void buy_and_share(uint64 npages)
{
  uint64 *start = (uint64 *)align_break(), *end;

  must_grow(npages * PGSIZE);
  end = (uint64 *)break_now();
  write_numbers(start, end, 1);
  must_pass(overwrite, (uint64)start);
  must_be_numbers(start, end, 1);
}

/* All that can be bought can be touched. */
static void touch_all_memory(uint64 unused)
{
  uint64 *start;

  (void)unused;
  must_move_break(SUPERPGROUNDUP(break_now()));
  start = (uint64 *)break_now();
  for (long step = SUPERPGSIZE * 16; step >= PGSIZE; step /= 2)
    while (sbrk(step) != SBRK_ERROR)
      ;
  write_numbers(start, (uint64 *)break_now(), 1);
  must_be_numbers(start, (uint64 *)break_now(), 1);
}

static struct pipe_ends to_parent, to_child;

static void tell(struct pipe_ends other)
{
  must_write(other.out, "", 1);
}

static void listen(struct pipe_ends own)
{
  char byte;

  must_read(own.in, &byte, 1);
}

static void touch_every_other(uint64 va)
{
  for (uint64 end = break_now(); va < end; va += 2 * PGSIZE)
    store_to(va);
}

/* Have copies of every other page; take the others when the parent left them.
 * Keeps all until it is killed. */
static void take_apart(uint64 start)
{
  touch_every_other(start);
  tell(to_parent);
  listen(to_child);
  touch_every_other(start + PGSIZE);
  tell(to_parent);
  listen(to_child);
}

/* Of much that is free then, each second page is not: there are fewer blocks
 * than can be bought, and pages come instead. */
static void touch_pieces(uint64 unused)
{
  uint64 start = (uint64)align_break(), npages = available_pages() * 2 / 5;
  int child;

  (void)unused;
  to_parent = must_pipe();
  to_child = must_pipe();
  must_grow_lazily(npages * PGSIZE);
  write_numbers((uint64 *)start, (uint64 *)break_now(), 1);
  child = must_spawn(take_apart, start);
  listen(to_parent);
  must_move_break(start);
  tell(to_child);
  listen(to_parent);
  must_pass(touch_all_memory, 0);
  MUST_EQ(kill(child), 0);
  MUST_EQ(must_reap(), KILLED_STATUS);
}

/* Whether a block is to be had or not; also by halves in parent and child. */
void test_largememory(void)
{
  must_pass(touch_all_memory, 0);
  must_pass(touch_pieces, 0);
  must_pass(buy_and_share, available_pages() * 9 / 20);
}

#define CHECKS 60

/* Many entries at a time: those of pages, and of leaves. */
static void grow_and_shrink(uint64 nbytes)
{
  must_move_break(SUPERPGROUNDUP(break_now()) + PGSIZE);
  for (;;) {
    must_grow(nbytes);
    must_shrink(nbytes);
  }
}

/* A process that has lost its hart amid an operation breaks no rule. */
void test_busyneighbours(void)
{
  int child = must_spawn(grow_and_shrink, 4 * SUPERPGSIZE - PGSIZE);

  for (int i = 0; i < CHECKS; i++)
    MUST_EQ(ascheck(), 0);
  MUST_EQ(kill(child), 0);
  MUST_EQ(must_reap(), -1);
}
