/* failalloc [NAME]: what happens when an allocation of a page fails. Each
 * operation (or the one named) is done again and again, each time with one
 * allocation of the kernel failing: the first, the second, and so on until it
 * needs no more of them. It has to give an error or to end its process; all
 * pages, files, inodes and slots of processes have to come back, the tables to
 * keep their rules, and the operation to work afterwards. For debug builds of
 * the kernel, and to be run alone: the allocations of others would be counted.
 */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/riscv.h"
#include "user/user.h"
#include "user/lib/util.h"
#include "kept.h"

#define PATIENCE_TICKS 100 /* until what orphans held has come back */
/* Of a heap that needs a new table page, and holds no leaf of 2 MiB. */
#define SPAN (3 * SUPERPGSIZE / 2)
#define TEXT_MAX 64

static char script[] = "failalloc.sh", data[] = "failalloc.in";
static char out[] = "failalloc.out", errors[] = "failalloc.err";
static char fresh[] = "failalloc.new";

/* Paths, since the shell tries a mere name twice. */
static const char pipeline[] = "/echo one two | /cat | /wc\n";
static const char pipeline_says[] = "1 2 8 \n";

static int control; /* the device of the counters, open for writing */

static void stop(const char *what, const char *name)
{
  fprintf(2, "failalloc: %s%s\n", what, name);
  exit(1);
}

/* The operations; each gives 0 if all went well and leaves nothing behind. */

static int do_fork(void)
{
  int status = -1;
  int pid = fork();

  if (pid == 0)
    exit(0);
  return pid > 0 && wait(&status) == pid ? status : -1;
}

static int do_exec(void)
{
  char *argv[] = {"echo", "said", NULL};

  return exec("/echo", argv);
}

static int do_open(void)
{
  int fd = open(fresh, O_CREATE | O_RDWR);

  return fd < 0 || close(fd) < 0 || unlink(fresh) < 0 ? -1 : 0;
}

static int do_pipe(void)
{
  int fds[2];

  return pipe(fds) < 0 || close(fds[0]) < 0 || close(fds[1]) < 0 ? -1 : 0;
}

static int do_mkdir(void)
{
  return mkdir(fresh) < 0 || unlink(fresh) < 0 ? -1 : 0;
}

/* Give the heap back, and say that all went well. */
static int shrink(void)
{
  return sbrk(-SPAN) == SBRK_ERROR ? -1 : 0;
}

static int do_sbrk(void)
{
  char *start = sbrk(SPAN);

  if (start == SBRK_ERROR)
    return -1;
  start[0] = start[SPAN - 1] = 1; /* was paid: cannot fail */
  return shrink();
}

/* A touch of lazy memory that fails ends the process. */
static int do_touch(void)
{
  char *start = sbrklazy(SPAN);

  if (start == SBRK_ERROR)
    return -1;
  start[0] = start[SPAN - 1] = 1;
  return shrink();
}

/* A system call on lazy memory finds it missing. A longer write would try
 * again what failed, since it is made in several transactions. */
static int move_lazily(int fd, int (*move)(int fd, char *start))
{
  char *start = sbrklazy(SPAN);

  if (fd < 0 || start == SBRK_ERROR || move(fd, start) != BSIZE)
    return -1;
  return shrink() == 0 ? close(fd) : -1;
}

static int write_block(int fd, char *start)
{
  return write(fd, start, BSIZE);
}

static int read_block(int fd, char *start)
{
  return read(fd, start, BSIZE);
}

static int do_write(void)
{
  return move_lazily(open(data, O_WRONLY), write_block);
}

static int do_read(void)
{
  return move_lazily(open(data, O_RDONLY), read_block);
}

static int do_pipeline(void)
{
  char *argv[] = {"sh", script, NULL};

  return exec("/sh", argv);
}

struct operation {
  const char *name;
  int (*work)(void);
  const char *says; /* what it prints if all went well */
};

static const struct operation operations[] = {
    {"fork", do_fork, ""},   {"exec", do_exec, "said\n"},
    {"open", do_open, ""},   {"pipe", do_pipe, ""},
    {"mkdir", do_mkdir, ""}, {"sbrk", do_sbrk, ""},
    {"touch", do_touch, ""}, {"write", do_write, ""},
    {"read", do_read, ""},   {"pipeline", do_pipeline, pipeline_says},
};

#define NOPERATIONS (int)(sizeof(operations) / sizeof(operations[0]))

/* Let the nth allocation from now on fail, or none for 0. */
static void fail_nth(int n)
{
  if (fprintf(control, "fail %d", n) < 0)
    stop("this kernel is not a debug build", "");
}

static void put_to(int fd, const char *path)
{
  close(fd);
  if (open(path, O_CREATE | O_TRUNC | O_WRONLY) != fd)
    stop("cannot make ", path);
}

/* Whether the file holds this text. */
static int holds(const char *path, const char *text)
{
  char found[TEXT_MAX];
  int length = strlen(text);
  int fd = open(path, O_RDONLY);
  int nbytes = read(fd, found, sizeof(found));

  close(fd);
  return nbytes == length && memcmp(found, text, length) == 0;
}

/* Do it in a child of its own, with the nth allocation failing. Whether all
 * went well. */
static int attempt(const struct operation *operation, int n)
{
  int status = -1;
  int pid = fork();

  if (pid < 0)
    stop("cannot fork", "");
  if (pid == 0) {
    put_to(1, out);
    put_to(2, errors);
    fail_nth(n);
    exit(operation->work() != 0);
  }
  if (wait(&status) != pid)
    stop("the child is lost", "");
  return status == 0 && holds(out, operation->says);
}

static void check(const struct operation *operation, int n, const int *before)
{
  bool rules = ascheck() == 0;

  if (!kept_is_back("failalloc", before, PATIENCE_TICKS) || !rules) {
    printf("failalloc: %s: when allocation %d failed\n", operation->name, n);
    exit(1);
  }
}

/* The number of allocations that failed. */
static int try_all(const struct operation *operation)
{
  int before[NKEPT];

  if (!attempt(operation, 0))
    stop("does not even work when all goes well: ", operation->name);
  kept_note(before);
  for (int n = 1;; n++) {
    int well = attempt(operation, n);
    int reached = counter_value("allocations_to_failure") == 0;
    fail_nth(0);
    if (well == reached) {
      printf("failalloc: %s: %s when allocation %d failed\n", operation->name,
             well ? "went well" : "did not go well, and not", n);
      exit(1);
    }
    check(operation, n, before);
    if (!reached)
      return n - 1;
    if (!attempt(operation, 0))
      stop("does not work any more: ", operation->name);
    check(operation, n, before);
  }
}

static void make_file(const char *path, const char *text, int nbytes)
{
  int fd = open(path, O_CREATE | O_TRUNC | O_WRONLY);

  if (fd < 0 || fd_write_all(fd, text, nbytes) < 0)
    stop("cannot make ", path);
  close(fd);
}

static void prepare(void)
{
  static char block[BSIZE];

  control = open("/counters", O_WRONLY);
  fail_nth(0);
  make_file(script, pipeline, sizeof(pipeline) - 1);
  make_file(data, block, sizeof(block));
}

static void clean_up(void)
{
  unlink(script);
  unlink(data);
  unlink(out);
  unlink(errors);
}

/* How many children there may be at once: as many as slots are free. */
static int count_slots(void)
{
  int ends[2], nchildren = 0, pid;
  char byte;

  if (pipe(ends) < 0)
    stop("no pipe", "");
  while ((pid = fork()) > 0)
    nchildren++;
  close(ends[1]);
  if (pid == 0) { /* wait until the parent closes the other end, too */
    read(ends[0], &byte, 1);
    exit(0);
  }
  close(ends[0]);
  while (wait(0) > 0)
    ;
  return nchildren;
}

int main(int argc, char **argv)
{
  int found = 0;

  if (argc > 2) {
    fprintf(2, "usage: failalloc [NAME]\n");
    return 1;
  }
  prepare();
  int nslots = count_slots();
  for (int i = 0; i < NOPERATIONS; i++) {
    if (argc == 2 && strcmp(argv[1], operations[i].name) != 0)
      continue;
    found = 1;
    printf("failalloc: %s: %d allocations failed\n", operations[i].name,
           try_all(&operations[i]));
  }
  clean_up();
  if (!found)
    stop("no such operation: ", argv[1]);
  if (count_slots() != nslots)
    stop("processes are lost", "");
  printf("failalloc: OK\n");
  return 0;
}
