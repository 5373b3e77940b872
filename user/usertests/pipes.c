/* Pipes that take more pages for long writes, and give them back. */
#include "usertests.h"

#define LONG_WRITE (16 * PGSIZE)
#define PAIRS 5

static char bytes[2 * PGSIZE];
static struct pipe_ends ends;

/* A long write goes into a pipe at once, wherever its bytes begin, and they
 * come out in order, however they are cut. */
void test_pipelong(void)
{
  char *text = must_grow(LONG_WRITE + sizeof(uint64));
  int n;

  ends = must_pipe();
  for (int shift = 0; shift < (int)sizeof(uint64); shift++) {
    fill_text(text + shift, LONG_WRITE, shift, 0);
    must_write(ends.out, text + shift, LONG_WRITE);
    for (int done = 0, most = 1; done < LONG_WRITE; done += n, most++) {
      n = read(ends.in, bytes, most % 3 ? 1 : most);
      MUST(n > 0);
      must_be_text(bytes, n, shift, done);
    }
  }
  must_write(ends.out, text, LONG_WRITE); /* it is closed with pages */
}

static void write_and_write(uint64 unused)
{
  uint64 done = 0;

  (void)unused;
  must_close(ends.in);
  do {
    fill_text(bytes, sizeof(bytes), 1, done);
    done += sizeof(bytes);
  } while (write(ends.out, bytes, sizeof(bytes)) == sizeof(bytes));
}

/* A writer that waits for room is killed: what it has written is all there is.
 * Another one ends when nobody reads any more. */
void test_pipekilled(void)
{
  int total = 0, n;

  ends = must_pipe();
  int pid = must_spawn(write_and_write, 0);
  must_close(ends.out);
  must_read(ends.in, bytes, 1);
  pause(1);
  MUST_EQ(kill(pid), 0);
  MUST_EQ(must_reap(), KILLED_STATUS);
  for (; (n = read(ends.in, bytes, sizeof(bytes))) > 0; total += n)
    must_be_text(bytes, n, 1, 1 + total);
  MUST_EQ(n, 0);
  MUST(total + 1 >= LONG_WRITE);
  must_close(ends.in);

  ends = must_pipe();
  must_spawn(write_and_write, 0);
  must_close(ends.out);
  must_read(ends.in, bytes, sizeof(bytes));
  must_close(ends.in);
  must_all_pass(1);
}

static struct pipe_ends ready, go;

/* Say that all memory that is needed is there, and wait until no more is. */
static void wait_for_shortage(void)
{
  char byte;

  must_write(ready.out, "r", 1);
  must_read(go.in, &byte, 1);
}

static void write_in_shortage(uint64 unused)
{
  (void)unused;
  fill_text(bytes, sizeof(bytes), 1, 0);
  wait_for_shortage();
  for (int done = 0; done < LONG_WRITE; done += sizeof(bytes))
    must_write(ends.out, bytes, sizeof(bytes));
}

static void read_in_shortage(uint64 unused)
{
  int n, total = 0;

  (void)unused;
  ends = must_pipe();
  must_spawn(write_in_shortage, 0);
  must_close(ends.out);
  memset(bytes, 0, sizeof(bytes));
  wait_for_shortage();
  for (; (n = read(ends.in, bytes, PGSIZE - 1)) > 0; total += n) {
    int left = sizeof(bytes) - total % sizeof(bytes);
    int first = n < left ? n : left;
    must_be_text(bytes, first, 1, total % sizeof(bytes));
    must_be_text(bytes + first, n - first, 1, 0);
  }
  MUST_EQ(total, LONG_WRITE);
  must_all_pass(1);
}

static void take_all_memory(uint64 unused)
{
  char tokens[2 * PAIRS];

  (void)unused;
  for (long step = 8 * 1024 * 1024; step >= PGSIZE; step /= 2) {
    while (sbrk((int)step) != SBRK_ERROR)
      ;
  }
  must_write(go.out, tokens, sizeof(tokens));
  pause(10000); /* it is killed before */
}

/* With no page left, all of many pipes carry what long writers write. */
void test_pipeshort(void)
{
  char tokens[2 * PAIRS];

  ready = must_pipe();
  go = must_pipe();
  for (int i = 0; i < PAIRS; i++)
    must_spawn(read_in_shortage, 0);
  must_read(ready.in, tokens, sizeof(tokens));
  int pid = must_spawn(take_all_memory, 0);
  for (int i = 0; i < PAIRS; i++)
    MUST_EQ(must_reap(), PASSED_STATUS);
  MUST_EQ(kill(pid), 0);
  MUST_EQ(must_reap(), KILLED_STATUS);
}
