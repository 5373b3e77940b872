/* Arguments that are wrong: each pointer and each number of each system call,
 * one at a time, with all else right. */
#include "kernel/syscall.h"
#include "usertests.h"

/* Stands for the pointer in question, in the tables below. */
#define BAD 0xBADUL

static char *echo_argv[] = {"echo", NULL};
static char buffer[BSIZE];
static struct pipe_ends full_pipe;

enum {
  FILE_FD = FIRST_FREE_FD,
};

struct call {
  int number;
  uint64 a0, a1, a2;
  long result; /* when one argument is BAD */
};

#define U(p) ((uint64)(p))

/* The strings and addresses in it are not constants to all compilers. */
static int list_calls(struct call *calls)
{
  const struct call all[] = {
      {SYS_wait, BAD, 0, 0, -1},
      {SYS_pipe, BAD, 0, 0, -1},
      {SYS_read, FILE_FD, BAD, sizeof(buffer), -1},
      {SYS_read, U(full_pipe.in), BAD, sizeof(buffer), -1},
      {SYS_write, FILE_FD, BAD, sizeof(buffer), -1},
      {SYS_write, U(full_pipe.out), BAD, sizeof(buffer), -1},
      {SYS_exec, BAD, U(echo_argv), 0, -1},
      {SYS_exec, U("/echo"), BAD, 0, -1},
      {SYS_fstat, FILE_FD, BAD, 0, -1},
      {SYS_chdir, BAD, 0, 0, -1},
      {SYS_open, BAD, O_RDONLY, 0, -1},
      {SYS_open, BAD, O_CREATE | O_RDWR, 0, -1},
      {SYS_mknod, BAD, STATS, 0, -1},
      {SYS_unlink, BAD, 0, 0, -1},
      {SYS_link, BAD, U("new"), 0, -1},
      {SYS_link, U("file"), BAD, 0, -1},
      {SYS_mkdir, BAD, 0, 0, -1},
      {SYS_pgaccess, U(buffer), 1, BAD, -1},
  };

  memmove(calls, all, sizeof(all));
  return COUNT_OF(all);
}

static uint64 in_place_of_bad(uint64 argument, uint64 va)
{
  return argument == BAD ? va : argument;
}

static void call_with(const struct call *call, uint64 va)
{
  long result =
      raw_call(call->number, in_place_of_bad(call->a0, va),
               in_place_of_bad(call->a1, va), in_place_of_bad(call->a2, va));

  if (result == call->result)
    return;
  break_line();
  printf("  system call %d with pointer %p\n", call->number, (void *)va);
  MUST_EQ(result, call->result);
}

static void idle(uint64 unused)
{
  (void)unused;
}

/* A child is there to be waited for, a file and bytes to be read: nothing but
 * the pointer is wrong, and when all is over, they are as they were. */
void test_badpointers(void)
{
  struct call calls[24];
  int n, pid = must_spawn(idle, 0);
  uint64 guard = stack_page() - PGSIZE;

  write_file("file", BSIZE, 1);
  MUST_EQ(must_open("file", O_RDWR), FILE_FD);
  full_pipe = must_pipe();
  must_write(full_pipe.out, "bytes", 5);
  n = list_calls(calls);

  for (int i = 0; i < n; i++) {
    for (int a = 0; a < foreign_address_count; a++)
      call_with(&calls[i], foreign_addresses[a]);
    call_with(&calls[i], guard);
    call_with(&calls[i], PGROUNDUP(break_now()));
  }
  MUST_EQ(wait(0), pid);
  check_file("file", BSIZE, 1);
  MUST(!exists("new"));
}

/* Descriptors, sizes and pids that are none, and numbers of no call. */
void test_badnumbers(void)
{
  static const int bad_fds[] = {-1, FILE_FD, NOFILE, 1000, -0x7FFFFFFF};
  static const int no_calls[] = {0, 25, 31, 63, 68, 1000, -1, 0x7FFFFFFF};

  for (int i = 0; i < COUNT_OF(bad_fds); i++) {
    int fd = bad_fds[i];

    MUST_REFUSE(read(fd, buffer, 1));
    MUST_REFUSE(write(fd, buffer, 1));
    MUST_REFUSE(fstat(fd, (struct stat *)buffer));
    MUST_REFUSE(dup(fd));
    MUST_REFUSE(close(fd));
  }
  for (int i = 0; i < COUNT_OF(no_calls); i++)
    MUST_REFUSE(raw_call(no_calls[i], 0, 0, 0));
  MUST_REFUSE(kill(-1));
  MUST_REFUSE(kill(0x7FFFFFFF));
  MUST_REFUSE(wait(0));
}

/* A count below 0 is no count, even at the very end of memory. */
void test_argptest(void)
{
  int fd = must_open("/init", O_RDONLY);

  MUST_REFUSE(read(fd, sbrk(0) - 1, -1));
  must_close(fd);
  fd = must_open("file", O_CREATE | O_WRONLY);
  MUST_REFUSE(write(fd, sbrk(0) - 1, -1));
  must_close(fd);
}

/* A bad argument among exec's costs nothing, however often. */
void test_badarg(void)
{
  char *argv[] = {(char *)0xFFFFFFFF, NULL};

  for (int i = 0; i < 20000; i++)
    MUST_REFUSE(exec("/echo", argv));
}

/* link refuses new names all over memory where no string is. */
void test_validatetest(void)
{
  for (uint64 va = 0; va < 1100 * 1024; va += PGSIZE)
    MUST_REFUSE(link("no such file", (const char *)va));
}

static void exec_at(uint64 path)
{
  char *argv[] = {"x", NULL};

  MUST_REFUSE(exec((const char *)path, argv));
  MUST_REFUSE(pipe((int *)path));
}

/* Addresses with bits above Sv39's 39. */
void test_pgbug(void)
{
  for (int bit = 39; bit < 64; bit++)
    exec_at((1UL << bit) | 0x2B0B5B0000UL);
  exec_at(0xDEADBEEFDEADBEEFUL);
}

/* The stack of a new program is one page: arguments that do not fit, or too
 * many, are an error of exec's. */
void test_bigargtest(void)
{
  static char long_word[400];
  static char *argv[MAXARG + 1];

  memset(long_word, ' ', sizeof(long_word) - 1);
  for (int i = 0; i < MAXARG - 1; i++)
    argv[i] = long_word;
  MUST_REFUSE(exec("/echo", argv));

  for (int i = 0; i < MAXARG; i++)
    argv[i] = "x";
  MUST_REFUSE(exec("/echo", argv));
}
