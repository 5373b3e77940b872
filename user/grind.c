/* grind [ROUNDS]: two processes that make random system calls in the same
 * directory, each with a seed of its own, for ever or so many rounds. They
 * stop at an answer that no order of events can explain; the kernel stops at
 * worse. */
#include <stdbool.h>
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "kernel/stat.h"
#include "user/user.h"

#define WORKERS 2
#define PROGRESS_ROUNDS 500
#define BREAK_ROOM (100 * PGSIZE)

static uint64 random_state;
static int kept_fd = -1; /* a file that stays open over some rounds */
static char *first_break;
static char buffer[999];

/* A linear congruential generator, of which the high bits are good (Knuth,
 * The Art of Computer Programming, volume 2, 3.3.4). */
static uint random_below(uint bound)
{
  random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
  return (uint)(random_state >> 33) % bound;
}

static void require(bool condition, const char *otherwise)
{
  if (condition)
    return;
  fprintf(2, "grind: %s\n", otherwise);
  exit(1);
}

static const char *random_path(void)
{
  static const char *const paths[] = {
      "grindir/../a", "grindir/../b", "../grindir/./c", "d", "./grindir/e",
      "../grindir",   "a/b",          "grindir",        "",  "/grindir/f",
  };

  return paths[random_below(sizeof(paths) / sizeof(paths[0]))];
}

static void create_a_file(void)
{
  int fd = open(random_path(), O_CREATE | O_RDWR);

  if (fd >= 0)
    close(fd);
}

static void keep_a_file_open(void)
{
  if (kept_fd >= 0)
    close(kept_fd);
  kept_fd =
      open(random_path(), O_CREATE | O_RDWR | (random_below(2) ? O_TRUNC : 0));
}

static void write_to_it(void)
{
  write(kept_fd, buffer, random_below(sizeof(buffer)));
}

static void read_from_it(void)
{
  read(kept_fd, buffer, random_below(sizeof(buffer)));
}

static void describe_it(void)
{
  struct stat st;

  if (fstat(kept_fd, &st) == 0)
    require(st.type >= T_DIR && st.type <= T_DEVICE, "a file of no type");
}

static void unlink_a_file(void)
{
  unlink(random_path());
}

static void link_a_file(void)
{
  link(random_path(), random_path());
}

static void make_a_directory(void)
{
  mkdir(random_path());
}

static void visit_a_directory(void)
{
  if (chdir("grindir") == 0) {
    create_a_file();
    chdir("..");
  }
}

static int must_fork(void)
{
  int pid = fork();

  require(pid >= 0, "cannot fork");
  return pid;
}

static void wait_for(int pid)
{
  int status;

  require(wait(&status) == pid, "wait gives another pid");
}

/* From here on, twice as many processes for each doubling. */
static void multiply(int doublings)
{
  while (doublings-- > 0)
    fork();
}

static void fork_and_exit(void)
{
  int pid = must_fork();

  if (pid == 0)
    exit(0);
  wait_for(pid);
}

static void fork_and_abandon(void)
{
  int pid = must_fork();

  if (pid == 0) {
    multiply(2);
    exit(0);
  }
  wait_for(pid);
}

static void fork_and_kill(void)
{
  int pid = must_fork();

  while (pid == 0)
    write_to_it();
  require(kill(pid) == 0, "cannot kill a child");
  wait_for(pid);
}

static void grow(void)
{
  if (sbrk(0) - first_break < BREAK_ROOM) {
    char *start = random_below(2) ? sbrk(6011) : sbrklazy(6011);

    if (start != SBRK_ERROR)
      start[6010] = 1;
  }
}

static void shrink(void)
{
  if (sbrk(0) > first_break)
    sbrk((int)-(sbrk(0) - first_break));
}

static void exec_badly(void)
{
  char *argv[] = {"grind", (char *)0xFFFFFFFF, NULL};

  require(exec("/echo", argv) == -1, "exec takes a bad argument");
}

static void write_a_byte(int out)
{
  multiply(2);
  require(write(out, "x", 1) == 1, "cannot write to a pipe");
  exit(0);
}

static void pass_a_byte(void)
{
  int ends[2], pid;
  char byte = 0;

  require(pipe(ends) == 0, "cannot make a pipe");
  pid = must_fork();
  if (pid == 0)
    write_a_byte(ends[1]);
  require(read(ends[0], &byte, 1) == 1 && byte == 'x', "a byte is lost");
  close(ends[0]);
  close(ends[1]);
  wait_for(pid);
}

/* Child of a pipeline: becomes echo, or cat with the pipe as its input. */
static void run_with(int fd, int as, char *program, char *argument)
{
  char *argv[] = {program, argument, NULL};

  close(as);
  require(dup(fd) == as, "dup gives not the lowest");
  for (int other = 3; other < 10; other++)
    close(other);
  exec(program, argv);
  exit(1);
}

static void run_a_pipeline(void)
{
  int to_cat[2], from_cat[2], echo_pid, cat_pid;
  char text[4] = "";

  require(pipe(to_cat) == 0 && pipe(from_cat) == 0, "cannot make a pipe");
  echo_pid = must_fork();
  if (echo_pid == 0)
    run_with(to_cat[1], 1, "/echo", "hi");
  cat_pid = must_fork();
  if (cat_pid == 0) {
    close(0);
    require(dup(to_cat[0]) == 0, "dup gives not the lowest");
    run_with(from_cat[1], 1, "/cat", NULL);
  }
  close(to_cat[0]);
  close(to_cat[1]);
  close(from_cat[1]);
  for (int n = 0; n < 3 && read(from_cat[0], text + n, 1) == 1;)
    n++;
  require(strcmp(text, "hi\n") == 0, "a pipeline gives another text");
  close(from_cat[0]);
  require(wait(0) > 0 && wait(0) > 0, "a pipeline is lost");
}

static void (*const deeds[])(void) = {
    create_a_file, keep_a_file_open, write_to_it,
    read_from_it,  describe_it,      unlink_a_file,
    link_a_file,   make_a_directory, visit_a_directory,
    fork_and_exit, fork_and_abandon, fork_and_kill,
    grow,          shrink,           exec_badly,
    pass_a_byte,   run_a_pipeline,
};

/* rounds 0 is for ever. */
static void grind(uint64 seed, int rounds)
{
  random_state = seed;
  first_break = sbrk(0);
  for (int round = 1; rounds == 0 || round <= rounds; round++) {
    deeds[random_below(sizeof(deeds) / sizeof(deeds[0]))]();
    if (round % PROGRESS_ROUNDS == 0)
      write(1, ".", 1);
  }
  exit(0);
}

/* If one fails, the other stops, too. */
static int wait_for_workers(const int *pids)
{
  int failures = 0, status;

  while (wait(&status) > 0) {
    if (status != 0 && failures++ == 0) {
      for (int i = 0; i < WORKERS; i++)
        kill(pids[i]);
    }
  }
  return failures;
}

static int start_worker(uint64 seed, int rounds)
{
  int pid = must_fork();

  if (pid == 0)
    grind(seed, rounds);
  return pid;
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 0;
  int pids[WORKERS], failures;

  mkdir("grindir");
  require(chdir("grindir") == 0, "there is no directory grindir");
  for (int i = 0; i < WORKERS; i++)
    pids[i] = start_worker(31 + 7177 * i, rounds);
  failures = wait_for_workers(pids);
  printf("\ngrind: %s\n", failures ? "FAILED" : "OK");
  return failures != 0;
}
