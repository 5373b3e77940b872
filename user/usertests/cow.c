/* Memory that fork shares until it is written. Nothing is reserved for the
 * copies, so that more than half of the memory can be shared; who writes when
 * no page is free is ended. A page of data that is shared must not be written
 * by a test while memory is out. */
#include "usertests.h"

#define FEW 100 /* pages: for a fork, and for a program that it runs */

static uint64 *first, *last; /* numbered pages, which children find */

static void touch_pages(uint64 npages)
{
  first = (uint64 *)align_break();
  must_grow((long)npages * PGSIZE);
  last = (uint64 *)break_now();
  write_numbers(first, last, 1);
}

static void must_hold(uint64 number)
{
  must_be_numbers(first, last, number);
}

static void must_overwrite(uint64 number)
{
  write_numbers(first, last, number);
  must_hold(number);
}

/* Almost all that can be bought at once: each 2 MiB take one page more. */
static uint64 most_pages(void)
{
  uint64 in_block = SUPERPGSIZE / PGSIZE;

  return available_pages() * in_block / (in_block + 1) - FEW;
}

/* Almost all memory is shared with a child, which reads it, and with one that
 * runs a program; then its owner has it alone. */
void test_cowmost(void)
{
  touch_pages(most_pages());
  must_pass(must_hold, 1);
  must_echo("shared", "shared");
  must_overwrite(2);
}

static void read_number(uint64 in)
{
  must_read((int)in, first, sizeof(*first));
  MUST_EQ(*first, 2);
}

/* What the lab on copy-on-write tries: two thirds of the RAM that labs expect,
 * and a read into a page that is shared. */
void test_cowlab(void)
{
  struct pipe_ends ends = must_pipe();
  uint64 number = 2;

  touch_pages((PHYSTOP - KERNBASE) / PGSIZE * 2 / 3);
  must_pass(must_hold, 1);
  must_write(ends.out, &number, sizeof(number));
  must_pass(read_number, ends.in);
  must_hold(1);
}

/* Each generation has what its parent had at the fork. */
static void descend(uint64 generation)
{
  must_hold(generation);
  must_overwrite(generation + 1);
  if (generation < 4)
    must_pass(descend, generation + 1);
  must_hold(generation + 1);
}

void test_cowgenerations(void)
{
  touch_pages(available_pages() / 6);
  must_pass(descend, 1);
  must_hold(1);
}

/* The child that would need more than there is goes, and takes nothing with
 * it. */
void test_cowout(void)
{
  touch_pages(available_pages() * 3 / 5);
  must_fault(must_overwrite, 2);
  must_hold(1);
  must_overwrite(2);
}

/* What a system call cannot put on a shared page is not lost. */
static void copy_without_memory(uint64 in)
{
  char bytes[8] = "", shared[] = "shared";
  struct stat *page = (struct stat *)first;

  buy_all();
  MUST_REFUSE(read((int)in, page, sizeof(bytes)));
  MUST_REFUSE(fstat(1, page));
  MUST_REFUSE(pipe((int *)page));
  must_hold(1);
  must_read((int)in, bytes, sizeof(shared));
  MUST_EQ(memcmp(bytes, shared, sizeof(shared)), 0);
  must_shrink(PGSIZE);
  MUST_EQ(fstat(1, page), 0);
}

void test_cowcopies(void)
{
  struct pipe_ends ends = must_pipe();

  touch_pages(1);
  must_write(ends.out, "shared", sizeof("shared"));
  must_pass(copy_without_memory, ends.in);
  must_hold(1);
}

static void number_page(uint64 page)
{
  *(volatile uint64 *)((uint64)first + page * PGSIZE) = page + 1;
}

static void number_forward(uint64 npages)
{
  for (uint64 page = 0; page < npages; page++)
    number_page(page);
}

/* Parent and child get copies of the pages that they share, one from the
 * beginning and one from the end: where they meet, both give the same page up
 * at the same time. */
void test_cowmeeting(void)
{
  const uint64 npages = 200;

  touch_pages(npages);
  for (int i = 0; i < 100; i++) {
    int pid = must_spawn(number_forward, npages);

    for (uint64 page = npages; page-- > 0;)
      number_page(page);
    MUST_EQ(wait(0), pid);
  }
  must_hold(1);
}

static void use_all(uint64 unused)
{
  uint64 *start, *end = (uint64 *)align_break();

  (void)unused;
  do { /* what is touched may take less than was bought */
    start = end;
    buy_all();
    end = (uint64 *)break_now();
    write_numbers(start, end, 1);
  } while (end > start);
  must_overwrite(2); /* until the last page is taken */
}

/* A child that has ended holds no memory that its parent's wait may need: the
 * status goes to a page that both had. */
void test_cowwait(void)
{
  int *status = (int *)must_grow(PGSIZE), pid;

  touch_pages(FEW);
  *status = FAILED_STATUS;
  break_line();
  pid = must_spawn(use_all, 0);
  MUST_EQ(wait(status), pid);
  MUST_EQ(*status, KILLED_STATUS);
}

static void touch_bought(uint64 unused)
{
  (void)unused;
  MUST_EQ(pgpte(first), 0);
  store_to((uint64)last - 1);
  must_shrink(PGSIZE);
  must_overwrite(1);
}

/* What was bought stays the buyer's: to the child it is lazy memory. */
void test_cowbought(void)
{
  first = (uint64 *)align_break();
  must_grow((long)most_pages() * PGSIZE);
  last = (uint64 *)break_now();
  must_fault(touch_bought, 0);
  must_overwrite(1);
}

/* Memory is out, so the pages of a shared leaf cannot have a table. */
static void cut_shared_leaf(uint64 leaf)
{
  uint64 end;

  buy_all();
  end = break_now();
  MUST(sbrk((int)(leaf + PGSIZE - end)) == SBRK_ERROR);
  MUST_EQ(break_now(), end);
  must_hold(1);
  must_move_break(leaf + SUPERPGSIZE);
  must_move_break(leaf + PGSIZE);
  must_be_numbers(first, (uint64 *)break_now(), 1);
}

void test_cowcut(void)
{
  must_move_break(SUPERPGROUNDUP(break_now()));
  touch_pages(2 * SUPERPGSIZE / PGSIZE);
  must_pass(cut_shared_leaf, (uint64)last - SUPERPGSIZE);
  must_hold(1);
}
