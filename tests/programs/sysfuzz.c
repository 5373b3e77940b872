/* sysfuzz [SEED] [SECONDS]: processes that make random system calls with
 * random arguments, and are killed at random moments. The kernel has to
 * survive that, to keep the rules of its tables (ascheck), and to have as
 * many pages free and reserved, files open and inodes in use afterwards as
 * before.
 *
 * They work in a directory of their own, on copies of programs, without the
 * console; poweroff is left out. They kill only processes younger than this
 * one, so run it alone. What they leave behind is cleared away. The order of
 * events is the scheduler's, so a seed gives the same arguments, and not
 * always the same end. */
#include <stdbool.h>
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/file.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "kernel/riscv.h"
#include "kernel/syscall.h"
#include "user/user.h"
#include "user/lib/util.h"
#include "kept.h"

#define DEFAULT_SEED 1
#define DEFAULT_SECONDS 10
#define TICKS_PER_SECOND 10
#define WORKERS 8
#define CALLS 300          /* of a worker; a fork divides the rest in two */
#define RARELY 30          /* one in so many, of slow calls */
#define PATIENCE_TICKS 300 /* until all is quiet afterwards */
#define YOUNG_PIDS 40      /* older ones hang, and are killed at once */
#define MOST_PIDS 2000     /* that are used in a second */
#define HEADER_BYTES 200   /* of a program, where damage is done */
#define SMALL_HEAP (1 << 20)
#define LARGE_HEAP (300 << 20) /* beyond USER_VA_STOP */

static uint64 random_state;
static int first_victim; /* nothing with a lower pid may be killed */
static char text[4096];  /* what is copied */

/* Names in the directory, none of which leads out of it. Absolute ones are
 * erased in the workers, so that no random address is one. */
static char home[] = "/sysfuzz.dir", echo_path[] = "/echo", cat_path[] = "/cat";
static char echo_copy[] = "echo.copy", cat_copy[] = "cat.copy";
static char damaged[] = "echo.damaged";
static char file[] = "file", other[] = "other", directory[] = "d";
static char inside[] = "d/.//inside";
static char *argv_good[] = {echo_copy, file, NULL};
static char *argv_endless[MAXARG + 1];

/* A linear congruential generator, of which the high bits are good (Knuth,
 * The Art of Computer Programming, volume 2, 3.3.4). */
static uint random_bits(void)
{
  random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
  return (uint)(random_state >> 32);
}

static uint random_below(uint bound)
{
  return random_bits() % bound;
}

static void stop(const char *what)
{
  fprintf(2, "sysfuzz: %s\n", what);
  exit(1);
}

/* Addresses of names, and of what looks like one or like an argv. */
static uint64 random_name(void)
{
  char *const names[] = {
      echo_copy, cat_copy, damaged,           file, other, directory,
      directory, inside,   (char *)argv_good,
  };

  return (uint64)names[random_below(sizeof(names) / sizeof(names[0]))];
}

/* Addresses near which something begins or ends. */
static uint64 random_edge(void)
{
  char on_stack;
  const uint64 edges[] = {
      0,
      (uint64)random_edge,
      (uint64)text,
      (uint64)argv_good,
      (uint64)argv_endless,
      (uint64)&on_stack,
      PGROUNDDOWN((uint64)&on_stack),
      PGROUNDDOWN((uint64)&on_stack) - PGSIZE, /* the guard */
      PGROUNDUP((uint64)random_edge),          /* the text's end */
      (uint64)sbrk(0),
      PGROUNDUP((uint64)sbrk(0)),
      USER_VA_STOP,
      KERNBASE,
      USYSCALL,
      TRAPFRAME,
      TRAMPOLINE,
      MAXVA,
      0x00100000, /* devices: test finisher, CLINT, UART, disk */
      0x02000000,
      0x10000000,
      0x10001000,
      1UL << 63,
  };
  uint64 edge = edges[random_below(sizeof(edges) / sizeof(edges[0]))];

  return random_below(3) == 0 ? edge - 16 + random_below(32) : edge;
}

static uint64 random_argument(void)
{
  switch (random_below(8)) {
  case 0:
    return (uint64)random_bits() << 32 | random_bits();
  case 1:
    return random_below(300);
  case 2:
    return -(uint64)random_below(3 * PGSIZE);
  case 3:
    return random_edge();
  case 4:
  case 5:
    return random_name();
  case 6:
    return (uint64)sbrk(0) - random_below(8 * PGSIZE);
  default:
    return random_below(NOFILE);
  }
}

static uint64 random_number(void)
{
#define NUMBER(number, name) number,
  static const uint8 numbers[] = {SYSCALL_LIST(NUMBER)};
#undef NUMBER
  uint64 number = random_below(40) == 0
                      ? random_argument()
                      : numbers[random_below(sizeof(numbers))];

  return number == SYS_poweroff ? SYS_sync : number;
}

/* What a worker does next. */
struct call {
  uint64 number;
  uint64 argument[3];
};

static bool is_slow(uint64 number)
{
  return number == SYS_ptdump || number == SYS_kpgtbl || number == SYS_exit ||
         number == SYS_pause || number == SYS_sync || number == SYS_ascheck;
}

/* Keep it from what would harm others, or from too much of the slow ones. */
static void tame(struct call *call)
{
  if (is_slow(call->number) && random_below(RARELY) != 0)
    call->number = SYS_sbrk;
  if (call->number == SYS_kill || call->number == SYS_ptdump)
    call->argument[0] =
        first_victim + random_below(getpid() - first_victim + 8);
  if (call->number == SYS_mknod && (short)call->argument[1] == CONSOLE)
    call->argument[1] = STATS; /* a reader of the console robs the shell */
}

/* By hand, since registers are wider than the library's types. */
static long make_call(const struct call *call)
{
  register uint64 a0 __asm__("a0") = call->argument[0];
  register uint64 a1 __asm__("a1") = call->argument[1];
  register uint64 a2 __asm__("a2") = call->argument[2];
  register uint64 a7 __asm__("a7") = call->number;

  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

/* Write to a page of the heap, which may be lazy, shared or gone. */
static void touch_heap(void)
{
  char *end = sbrk(0);

  if (random_below(2))
    end[-1 - (int)random_below(4 * PGSIZE)] = 1;
}

static void exec_something(void)
{
  char *const programs[] = {echo_copy, cat_copy, damaged};

  exec(programs[random_below(3)], random_below(4) ? argv_good : argv_endless);
}

/* Without the console, and without the paths of others' files; with a heap, so
 * that little shrinks do not reach the stack. */
static void leave_the_world(void)
{
  memset(home, 0, sizeof(home));
  memset(echo_path, 0, sizeof(echo_path));
  memset(cat_path, 0, sizeof(cat_path));
  for (int fd = 0; fd < NOFILE; fd++)
    close(fd);
  for (int fd = 0; fd < 3; fd++)
    open(file, O_CREATE | O_RDWR);
  sbrklazy(random_below(2) ? SMALL_HEAP : LARGE_HEAP);
}

static void work(void)
{
  int calls = CALLS;

  leave_the_world();
  while (calls-- > 0) {
    struct call call = {.number = random_number()};

    for (int i = 0; i < 3; i++)
      call.argument[i] = random_argument();
    tame(&call);
    long result = make_call(&call);
    if (call.number == SYS_fork) {
      calls /= 2;
      random_state += getpid();
    }
    if (call.number == SYS_sbrk && result != -1)
      touch_heap();
    if (random_below(100) == 0)
      exec_something();
  }
  exit(0);
}

static void kill_range(int first, int end)
{
  for (int pid = first; pid < end; pid++)
    kill(pid);
}

/* The newest pid, told by a process that ends at once; a guess if there is
 * no room for one. */
static int newest_pid(int before)
{
  int pid = fork();

  if (pid == 0)
    exit(0);
  if (pid < 0)
    return before + WORKERS;
  while (wait(0) != pid)
    ;
  return pid;
}

/* Until the time is over, kill some of the young and all of the old, who may
 * be asleep for ever. */
static void hunt(int end_tick)
{
  int newest = first_victim, old = first_victim;

  while (uptime() < end_tick) {
    newest = newest_pid(newest);
    int young = newest - YOUNG_PIDS;
    if (young > old) {
      kill_range(old, young);
      old = young;
    }
    for (int i = 0; i < WORKERS; i++) {
      int pid = newest - (int)random_below(YOUNG_PIDS);
      if (pid >= first_victim)
        kill(pid);
    }
    pause(random_below(2));
  }
  exit(0);
}

static void copy_program(const char *from, const char *to, bool damage)
{
  int in = open(from, O_RDONLY);
  int out = open(to, O_CREATE | O_TRUNC | O_WRONLY);
  bool first = true;

  for (int n; (n = read(in, text, sizeof(text))) > 0; first = false) {
    for (int i = 0; first && damage && i < 3; i++)
      text[random_below(HEADER_BYTES)] = random_bits();
    if (write(out, text, n) != n)
      break; /* workers may have filled the disk, or made it a directory */
  }
  close(in);
  close(out);
}

/* pid of a new worker, on fresh programs; -1 if there is no room. */
static int start_worker(void)
{
  copy_program(echo_path, damaged, true);
  if (random_below(8) == 0) {
    copy_program(echo_path, echo_copy, false);
    copy_program(cat_path, cat_copy, false);
  }
  int pid = fork();
  if (pid == 0)
    work();
  return pid;
}

static int start_hunter(int end_tick)
{
  int pid = fork();

  if (pid < 0)
    stop("cannot fork");
  if (pid == 0) {
    first_victim = getpid() + 1;
    hunt(end_tick);
  }
  first_victim = pid + 1;
  return pid;
}

/* Keep so many workers busy until the hunter ends. The number that ran. */
static int keep_busy(int hunter)
{
  int running = 0, nworkers = 0, pid;

  do {
    while (running < WORKERS && start_worker() > 0) {
      running++;
      nworkers++;
    }
    pid = wait(0);
    running--;
  } while (pid != hunter && pid > 0);
  return nworkers;
}

/* Keep workers busy for so long from a child: whoever writes to a page that it
 * shares with a worker is killed if no page is free, and this process has to
 * see the end. Another child goes on for one that was. The number of workers
 * of those that were not. */
static int keep_busy_from_a_child(int seconds)
{
  int end_tick = uptime() + seconds * TICKS_PER_SECOND;
  int nworkers = 0, status;

  while (uptime() < end_tick) {
    int pid = fork();
    if (pid == 0)
      exit(keep_busy(start_hunter(end_tick)));
    if (first_victim == 0)
      first_victim = pid + 1;
    if (pid < 0)
      continue;
    /* With no page free there may be no room for the status, and it is lost. */
    if (wait(&status) < 0)
      wait(0);
    else if (status > 0)
      nworkers += status;
  }
  return nworkers;
}

/* Kill what is left, orphans too, until there is nothing to kill. Nothing is
 * forked for it, since memory may be full until then. */
static int kill_the_rest(int seconds)
{
  int end = first_victim + seconds * MOST_PIDS, left = 1;

  for (int ticks = 0; left > 0 && ticks < PATIENCE_TICKS; ticks++) {
    left = 0;
    for (int pid = first_victim; pid < end; pid++)
      left += kill(pid) == 0;
    pause(left > 0);
  }
  return left > 0 ? -1 : 0;
}

/* Remove what the current directory holds. */
static void clear_directory(void)
{
  struct dirent entry;
  char name[DIRSIZ + 1];
  int fd = open(".", O_RDONLY);

  while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
    memcpy(name, entry.name, DIRSIZ);
    name[DIRSIZ] = '\0';
    if (entry.inum == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
      continue;
    if (unlink(name) < 0 && chdir(name) == 0) {
      clear_directory();
      chdir("..");
      unlink(name);
    }
  }
  close(fd);
}

static void prepare(void)
{
  for (int i = 0; i < MAXARG; i++)
    argv_endless[i] = text;
  mkdir(home);
  if (chdir(home) < 0)
    stop("there is no directory to work in");
  copy_program(echo_path, echo_copy, false);
  copy_program(cat_path, cat_copy, false);
}

/* 0 if the kernel is as it was. */
static int fuzz(int seed, int seconds)
{
  int before[NKEPT];

  printf("sysfuzz: seed %d\n", seed);
  kept_note(before);
  random_state = seed;
  prepare();
  int nworkers = keep_busy_from_a_child(seconds);
  bool good = kill_the_rest(seconds) == 0;
  if (!good)
    printf("sysfuzz: some processes do not die\n");
  clear_directory();
  chdir("/");
  unlink(home);
  sync();
  good = ascheck() == 0 && good;
  good = kept_is_back("sysfuzz", before, PATIENCE_TICKS) && good;
  printf("sysfuzz: seed %d, %d workers: %s\n", seed, nworkers,
         good ? "OK" : "FAILED");
  return good ? 0 : -1;
}

int main(int argc, char **argv)
{
  int seed = DEFAULT_SEED, seconds = DEFAULT_SECONDS;

  if (argc > 3 || (argc > 1 && parse_number(argv[1], &seed) < 0) ||
      (argc > 2 && parse_number(argv[2], &seconds) < 0)) {
    fprintf(2, "usage: sysfuzz [SEED] [SECONDS]\n");
    return 1;
  }
  return fuzz(seed, seconds) < 0;
}
