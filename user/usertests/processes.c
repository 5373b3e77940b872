/* Processes: born, killed, orphaned, waited for. */
#include "usertests.h"

static void pass_by(uint64 unused)
{
  (void)unused;
}

/* Whatever a child is about when it is killed, its parent sees -1. */
void test_killstatus(void)
{
  for (int i = 0; i < 100; i++) {
    int pid = must_spawn(spin, 0);

    pause(i % 10 == 0);
    MUST_EQ(kill(pid), 0);
    MUST_EQ(must_reap(), KILLED_STATUS);
  }
}

static void write_and_spin(uint64 out)
{
  must_write((int)out, "x", 1);
  spin(0);
}

/* Processes that never call the kernel do not keep others from running. */
void test_preempt(void)
{
  enum {
    SPINNERS = NCPU + 1
  };
  struct pipe_ends ends = must_pipe();
  int pids[SPINNERS + 1];
  char byte;

  for (int i = 0; i < SPINNERS; i++)
    pids[i] = must_spawn(spin, 0);
  pids[SPINNERS] = must_spawn(write_and_spin, ends.out);
  must_read(ends.in, &byte, 1);
  for (int i = 0; i <= SPINNERS; i++)
    MUST_EQ(kill(pids[i]), 0);
  for (int i = 0; i <= SPINNERS; i++)
    MUST_EQ(must_reap(), KILLED_STATUS);
}

static void exit_with(uint64 status)
{
  exit((int)status);
}

void test_exitwait(void)
{
  for (int status = 0; status < 100; status++)
    MUST_EQ(status_of(exit_with, status), status);
}

/* Leave a child behind, which may outlive its parent or not. */
static void abandon_child(uint64 unused)
{
  must_spawn(pass_by, unused);
}

/* Children of the dead are init's, not their grandparent's. */
void test_reparent(void)
{
  for (int i = 0; i < 200; i++) {
    int status, pid = must_spawn(abandon_child, 0);

    MUST_EQ(wait(&status), pid);
    MUST_EQ(status, PASSED_STATUS);
  }
  MUST_REFUSE(wait(0));
}

static void abandon_two(uint64 unused)
{
  must_spawn(pass_by, unused);
  must_spawn(pass_by, unused);
}

/* init may be exiting one child as the next is given to it. */
void test_reparent2(void)
{
  for (int i = 0; i < 400; i++)
    must_pass(abandon_two, 0);
}

/* Two children that end at about the same time. */
void test_twochildren(void)
{
  for (int i = 0; i < 500; i++) {
    must_spawn(pass_by, 0);
    must_spawn(pass_by, 0);
    must_all_pass(2);
  }
}

static void fork_many_times(uint64 times)
{
  for (uint64 i = 0; i < times; i++)
    must_pass(pass_by, 0);
}

void test_forkfork(void)
{
  for (int i = 0; i < 3; i++)
    must_spawn(fork_many_times, 200);
  must_all_pass(3);
}

/* Fork, parent and child alike, until somebody finds no room. */
static void explode(uint64 unused)
{
  (void)unused;
  while (!exists("stop")) {
    if (fork() < 0)
      must_make_empty("stop");
  }
}

/* A fork bomb fills the process table, and when it is over all is as before.
 * That every fragment has ended, the end of the pipe tells. */
void test_forkforkfork(void)
{
  struct pipe_ends ends = must_pipe();
  char byte;

  must_spawn(explode, 0);
  must_close(ends.out);
  MUST_EQ(read(ends.in, &byte, 1), 0);
  MUST_EQ(must_reap(), PASSED_STATUS);
  must_pass(pass_by, 0);
}

/* The process table has an end, before 1000; all in it can be waited for. */
void test_forktest(void)
{
  const int most = 1000;
  int n = 0;

  while (n < most && try_spawn(pass_by, 0) > 0)
    n++;
  MUST(n > 0 && n < most);
  must_all_pass(n);
}

/* Numbers of bytes that divide neither a pipe nor each other. */
#define WRITE_SIZE 1033
#define WRITES 5

static char bytes[2 * PGSIZE];

static void write_to_pipe(uint64 out)
{
  for (int i = 0; i < WRITES; i++) {
    fill_text(bytes, WRITE_SIZE, 1, i * WRITE_SIZE);
    must_write((int)out, bytes, WRITE_SIZE);
  }
}

/* What goes in comes out, in order, however it is cut; then the end. */
void test_pipe1(void)
{
  struct pipe_ends ends = must_pipe();
  int total = 0, room = 1, n;

  must_spawn(write_to_pipe, ends.out);
  must_close(ends.out);
  while ((n = read(ends.in, bytes, room)) > 0) {
    must_be_text(bytes, n, 1, total);
    total += n;
    room = room * 2 < COUNT_OF(bytes) ? room * 2 : COUNT_OF(bytes);
  }
  MUST_EQ(n, 0);
  MUST_EQ(total, WRITES * WRITE_SIZE);
  must_all_pass(1);
  must_close(ends.in);

  ends = must_pipe();
  must_close(ends.in);
  MUST_REFUSE(write(ends.out, bytes, 1));
}
