/* showsteps: a process that goes through the life of its tables, a step at a
 * time, for `make show`; conf/labshow/tour.script has the steps in order.
 *
 *   showsteps &         the process, and later its child, wait for each step
 *   showsteps do STEP   let one step happen; returns when it is done
 *
 * A step is asked for by a file of its name, which is removed when it is done.
 * So nobody has to be woken at the right moment, and between two steps both
 * processes sleep: their tables can be looked at. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define EAGER_PAGES 3
#define LAZY_PAGES 4
#define PATIENCE_TICKS 100 /* for a step that is asked for */

static volatile char written[PGSIZE] = "data that both have, until one writes";

static void need(int good, const char *what)
{
  if (!good) {
    fprintf(2, "showsteps: %s failed\n", what);
    exit(1);
  }
}

static int is_asked(const char *step)
{
  int fd = open(step, O_RDONLY);

  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static void wait_for(const char *step)
{
  while (!is_asked(step))
    pause(1);
}

static void done(const char *step)
{
  need(unlink(step) == 0, step);
}

static int ask(const char *step)
{
  int fd = open(step, O_CREATE | O_RDWR);

  need(fd >= 0, "asking");
  close(fd);
  for (int ticks = 0; ticks < PATIENCE_TICKS; ticks++) {
    if (!is_asked(step))
      return 0;
    pause(1);
  }
  fprintf(2, "showsteps: nobody does the step %s\n", step);
  unlink(step);
  return 1;
}

/* Grow to this address, lazily and by less than an int holds at a time. */
static void grow_lazily_to(uint64 end)
{
  const uint64 most = 1UL << 30;

  for (;;) {
    uint64 size = (uint64)sbrk(0);
    if (size >= end)
      return;
    uint64 more = end - size < most ? end - size : most;
    need(sbrklazy(more) != SBRK_ERROR, "sbrklazy");
  }
}

/* The child writes to what it shares, and becomes another program: cat, from
 * one pipe to another, until the parent closes its end of the first. */
static void be_child(int in[2], int out[2])
{
  char *const argv[] = {"cat", NULL};

  wait_for("write");
  written[0] = 'D';
  done("write");

  wait_for("exec");
  close(0);
  need(dup(in[0]) == 0, "dup");
  close(1);
  need(dup(out[1]) == 1, "dup");
  for (int end = 0; end < 2; end++) {
    close(in[end]);
    close(out[end]);
  }
  exec("cat", (char **)argv);
  need(0, "exec");
}

static void be_shown(void)
{
  int in[2], out[2];
  char byte = 0;

  wait_for("begin");
  done("begin");

  wait_for("sbrk");
  char *eager = sbrk(EAGER_PAGES * PGSIZE);
  need(eager != SBRK_ERROR, "sbrk");
  done("sbrk");

  wait_for("touch");
  eager[0] = 1;
  done("touch");

  wait_for("lazy");
  char *lazy = sbrklazy(LAZY_PAGES * PGSIZE);
  need(lazy != SBRK_ERROR, "sbrklazy");
  lazy[2 * PGSIZE] = 1;
  done("lazy");

  wait_for("large");
  uint64 size = (uint64)sbrk(0);
  need(sbrk(SUPERPGROUNDUP(size) + SUPERPGSIZE - size) != SBRK_ERROR, "sbrk");
  *(char *)SUPERPGROUNDUP(size) = 1;
  done("large");

  wait_for("fork");
  need(pipe(in) == 0 && pipe(out) == 0, "pipe");
  int pid = fork();
  need(pid >= 0, "fork");
  if (pid == 0)
    be_child(in, out);
  close(in[0]);
  close(out[1]);
  done("fork");

  /* The child has become cat when it gives a byte back. */
  wait_for("exec");
  need(write(in[1], &byte, 1) == 1 && read(out[0], &byte, 1) == 1, "cat");
  done("exec");

  wait_for("stop");
  grow_lazily_to(USER_VA_STOP + 2 * PGSIZE);
  *(char *)USER_VA_STOP = 1;
  done("stop");

  wait_for("exit");
  close(in[1]);
  need(wait(NULL) == pid, "wait");
  done("exit");

  wait_for("end");
  done("end");
}

int main(int argc, char **argv)
{
  if (argc == 1) {
    be_shown();
    return 0;
  }
  if (argc == 3 && strcmp(argv[1], "do") == 0)
    return ask(argv[2]);
  fprintf(2, "usage: showsteps [do STEP]\n");
  return 1;
}
