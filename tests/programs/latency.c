/* latency CASE: do what may keep the kernel busy for long in one go, for a
 * kernel that records how long interrupts had to wait (make LATENCY=1). */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/param.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define MIB (1024 * 1024)
#define LARGE (100 * MIB)
#define HALF (50 * MIB)
#define CROWD (NPROC - 6)
#define CACHE_FILES 12 /* of 256 KiB */
#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static char buffer[64 * 1024];

static void need(int good, const char *what)
{
  if (!good) {
    fprintf(2, "latency: %s failed\n", what);
    exit(1);
  }
}

static char *grow(int nbytes)
{
  char *start = sbrk(nbytes);

  need(start != SBRK_ERROR, "sbrk");
  return start;
}

static void touch(char *start, int nbytes)
{
  for (int i = 0; i < nbytes; i += PGSIZE)
    *(volatile char *)(start + i) = 1;
}

/* Heap that is eager and was never touched: an aligned 2 MiB, so that the
 * kernel may map it whole. */
static char *fresh_block(void)
{
  grow((int)(SUPERPGROUNDUP((uint64)sbrk(0)) - (uint64)sbrk(0)));
  return grow(SUPERPGSIZE);
}

/* Grow by pages: each step is less than a block, and off its boundary. */
static char *grow_by_pages(int nbytes)
{
  char *start = sbrk(0);

  for (int done = 0; done < nbytes; done += MIB / 2)
    touch(grow(MIB / 2), MIB / 2);
  return start;
}

static void pipe_of(int ends[2])
{
  need(pipe(ends) == 0, "pipe");
}

static int child(void)
{
  int pid = fork();

  need(pid >= 0, "fork");
  return pid;
}

static void reap(void)
{
  need(wait(0) > 0, "wait");
}

/* Copies that fault with a lock held. */

static void read_byte_to(char *place)
{
  int ends[2];

  pipe_of(ends);
  need(write(ends[1], "x", 1) == 1 && read(ends[0], place, 1) == 1, "a byte");
  close(ends[0]);
  close(ends[1]);
}

static void write_byte_from(char *place)
{
  int ends[2];

  pipe_of(ends);
  need(write(ends[1], place, 1) == 1, "a byte");
  close(ends[0]);
  close(ends[1]);
}

static void wait_into(char *place)
{
  if (child() == 0)
    exit(0);
  need(wait((int *)place) > 0, "wait");
}

static void pipe_to_fresh(void)
{
  read_byte_to(fresh_block());
}

static void pipe_from_fresh(void)
{
  write_byte_from(fresh_block());
}

static void wait_to_fresh(void)
{
  wait_into(fresh_block());
}

/* A child has all memory, too, until it is told to end. */
static void share_memory(int go[2])
{
  char byte;

  pipe_of(go);
  if (child() == 0) {
    close(go[1]);
    read(go[0], &byte, 1);
    exit(0);
  }
  close(go[0]);
}

/* A touched block that is shared. */
static char *share_block(int go[2])
{
  char *block = fresh_block();

  touch(block, SUPERPGSIZE);
  share_memory(go);
  return block;
}

static void pipe_to_shared(void)
{
  int go[2];

  read_byte_to(share_block(go));
  close(go[1]);
  reap();
}

static void wait_to_shared(void)
{
  int go[2];

  wait_into(share_block(go));
  close(go[1]);
  reap();
}

/* Parts of it are shared and parts are not. */
static void pipe_to_mixed(void)
{
  int go[2];
  char *block = share_block(go);

  for (int i = 0; i < SUPERPGSIZE; i += 2 * PGSIZE)
    read_byte_to(block + i);
  close(go[1]);
  reap();
  for (int i = 0; i < SUPERPGSIZE; i += PGSIZE)
    read_byte_to(block + i);
}

/* Large processes. */

static void fork_and_end(void)
{
  if (child() == 0)
    exit(0);
  reap();
}

static void fork_exec(void)
{
  char *argv[] = {"latency", "nothing", 0};

  if (child() == 0) {
    exec("/latency", argv);
    exit(1);
  }
  reap();
}

static void large_untouched(void)
{
  grow(LARGE);
  fork_and_end();
  fork_exec();
  grow(-LARGE);
}

static void large_blocks(void)
{
  fresh_block();
  touch(grow(HALF), HALF);
  fork_and_end();
  fork_exec();
  grow(-HALF);
}

static void large_pages(void)
{
  char *start = grow_by_pages(HALF);

  fork_and_end();
  fork_exec();
  if (child() == 0) {
    touch(start, HALF / 2);
    exit(0);
  }
  reap();
  grow(-HALF);
}

/* Both write to blocks that they share, and end in either order. */
static void blocks_shared(void)
{
  int nbytes = 8 * SUPERPGSIZE;
  char *start = fresh_block();

  grow(nbytes);
  touch(start, nbytes);
  for (int parent_first = 0; parent_first < 2; parent_first++) {
    if (child() == 0) {
      if (parent_first)
        pause(1);
      touch(start, nbytes);
      exit(0);
    }
    touch(start, nbytes);
    reap();
  }
  grow(-nbytes / 2 - PGSIZE);
}

static void exit_large(void)
{
  if (child() == 0) {
    touch(grow(LARGE), LARGE);
    exit(0);
  }
  reap();
  if (child() == 0) {
    grow_by_pages(LARGE);
    exit(0);
  }
  reap();
}

/* A child of a large process execs. */
static void exec_large(void)
{
  char *argv[] = {"latency", "nothing", 0};

  if (child() == 0) {
    touch(grow(LARGE), LARGE);
    exec("/latency", argv);
    exit(1);
  }
  reap();
}

/* Crowds. */

static int crowd(void (*body)(int), int argument)
{
  int n = 0, pid;

  while (n < CROWD && (pid = fork()) >= 0) {
    if (pid == 0) {
      body(argument);
      exit(0);
    }
    n++;
  }
  need(n > 0, "fork");
  return n;
}

static void reap_all(int n)
{
  for (int i = 0; i < n; i++)
    reap();
}

static void read_end(int fd)
{
  char byte;

  read(fd, &byte, 1);
}

/* All wait for one pipe, and are woken together. */
static void crowd_on_pipe(void)
{
  int ends[2];

  pipe_of(ends);
  int n = crowd(read_end, ends[0]);
  pause(1);
  char bytes[CROWD] = {0};
  need(write(ends[1], bytes, n) == n, "write");
  reap_all(n);
  close(ends[0]);
  close(ends[1]);
}

static void write_byte(int fd)
{
  write(fd, "x", 1);
}

/* Writers wait for room, and a read goes from one shared block to the next. */
static void crowd_on_full_pipe(void)
{
  char *block = fresh_block();
  int ends[2], go[2];

  grow(SUPERPGSIZE);
  touch(block, 2 * SUPERPGSIZE);
  pipe_of(ends);
  share_memory(go);
  if (child() == 0) {
    write(ends[1], buffer, PGSIZE);
    exit(0);
  }
  pause(1);
  int n = crowd(write_byte, ends[1]);
  pause(1);
  need(read(ends[0], block + SUPERPGSIZE - 1001, 2 * PGSIZE) > PGSIZE / 2,
       "read");
  close(go[1]);
  close(ends[0]);
  reap_all(n + 2);
}

static void pause_until(int tick)
{
  pause(tick - uptime());
}

/* All wait, and so does their parent, for a line: time for ^P. */
static void crowd_listed(void)
{
  int ends[2];
  char bytes[CROWD] = {0};

  pipe_of(ends);
  int n = crowd(read_end, ends[0]);
  printf("%d wait\n", n);
  while (read(0, buffer, sizeof(buffer)) > 0 && buffer[0] != '\n')
    ;
  need(write(ends[1], bytes, n) == n, "write");
  reap_all(n);
  close(ends[0]);
  close(ends[1]);
}

/* All wait for one tick. */
static void crowd_on_clock(void)
{
  reap_all(crowd(pause_until, uptime() + 10));
}

static void sleep_long(int ticks)
{
  pause(ticks);
}

static void crowd_killed(void)
{
  int pids[CROWD], n = 0;

  while (n < CROWD && (pids[n] = fork()) >= 0) {
    if (pids[n] == 0)
      sleep_long(1000);
    n++;
  }
  pause(1);
  for (int i = 0; i < n; i++)
    kill(pids[i]);
  reap_all(n);
}

/* A parent of many ends, and leaves them to init. */
static void crowd_of_orphans(void)
{
  int pid = child();

  if (pid == 0) {
    crowd(sleep_long, 0);
    pause(5);
    exit(0);
  }
  reap();
  pause(5);
}

/* The file system. */

static void full_pipe(void)
{
  int ends[2];

  pipe_of(ends);
  if (child() == 0) {
    close(ends[0]);
    for (int i = 0; i < 16; i++)
      write(ends[1], buffer, sizeof(buffer));
    exit(0);
  }
  close(ends[1]);
  while (read(ends[0], buffer, sizeof(buffer)) > 0)
    ;
  close(ends[0]);
  reap();
}

/* As much as a pipe holds, from two fresh blocks, and to them when they are
 * shared; each has less than a page of the first piece. */
static void long_pipe(void)
{
  int ends[2], go[2], nbytes = sizeof(buffer);
  char *block = fresh_block(), *next = fresh_block();

  pipe_of(ends);
  need(write(ends[1], next - 3, nbytes) == nbytes, "write");
  touch(block, next + SUPERPGSIZE - block);
  share_memory(go);
  need(read(ends[0], next - 3, nbytes) == nbytes, "read");
  close(ends[0]);
  close(ends[1]);
  close(go[1]);
  reap();
}

/* More than the cache of blocks holds, all of it read again and again. */
static void file_rounds(int mode, int (*transfer)(int))
{
  char name[] = "latency.a";

  for (int i = 0; i < CACHE_FILES; i++, name[8]++) {
    int fd = open(name, mode);
    need(fd >= 0, "open");
    for (int k = 0; k < 4; k++)
      need(transfer(fd) == sizeof(buffer), "a file");
    close(fd);
    if (mode == O_RDWR)
      need(unlink(name) == 0, "unlink");
  }
}

static int write_buffer(int fd)
{
  return write(fd, buffer, sizeof(buffer));
}

static int read_buffer(int fd)
{
  return read(fd, buffer, sizeof(buffer));
}

static void full_cache(void)
{
  file_rounds(O_CREATE | O_WRONLY, write_buffer);
  for (int round = 0; round < 3; round++)
    file_rounds(O_RDONLY, read_buffer);
  file_rounds(O_RDWR, read_buffer);
  sync();
}

static void long_path(void)
{
  char path[MAXPATH];

  for (int i = 0; i < MAXPATH - 1; i++)
    path[i] = i % 2 ? '.' : '/';
  path[MAXPATH - 1] = 0;
  need(chdir(path) == 0, "chdir");
}

static void write_line(void)
{
  char line[] = "a line of a flood of lines, which is as long as a line may "
                "well be on a terminal of eighty\n";

  write(1, line, sizeof(line) - 1);
}

static void console_flood(void)
{
  for (int i = 0; i < 200; i++)
    write_line();
}

/* Each says on the console why it ended. */
static void faults(void)
{
  for (int i = 0; i < 20; i++) {
    if (child() == 0) {
      for (int k = 0; k < 5; k++)
        write_line();
      *(volatile char *)KERNBASE = 1;
    }
    reap();
  }
}

static void tables(void)
{
  grow(LARGE);
  kpgtbl();
  ptdump(0, 1);
  need(ascheck() == 0, "ascheck");
}

static void nothing(void)
{
}

static const struct {
  const char *name;
  void (*body)(void);
} cases[] = {
    {"pipe_to_fresh", pipe_to_fresh},
    {"pipe_from_fresh", pipe_from_fresh},
    {"wait_to_fresh", wait_to_fresh},
    {"pipe_to_shared", pipe_to_shared},
    {"wait_to_shared", wait_to_shared},
    {"pipe_to_mixed", pipe_to_mixed},
    {"large_untouched", large_untouched},
    {"large_blocks", large_blocks},
    {"large_pages", large_pages},
    {"blocks_shared", blocks_shared},
    {"exit_large", exit_large},
    {"exec_large", exec_large},
    {"crowd_on_pipe", crowd_on_pipe},
    {"crowd_on_full_pipe", crowd_on_full_pipe},
    {"crowd_listed", crowd_listed},
    {"crowd_on_clock", crowd_on_clock},
    {"crowd_killed", crowd_killed},
    {"crowd_of_orphans", crowd_of_orphans},
    {"full_pipe", full_pipe},
    {"long_pipe", long_pipe},
    {"full_cache", full_cache},
    {"long_path", long_path},
    {"console_flood", console_flood},
    {"faults", faults},
    {"tables", tables},
    {"nothing", nothing},
};

int main(int argc, char *argv[])
{
  for (int i = 0; argc == 2 && i < COUNT_OF(cases); i++) {
    if (strcmp(argv[1], cases[i].name) == 0) {
      cases[i].body();
      return 0;
    }
  }
  fprintf(2, "usage: latency CASE\n");
  return 1;
}
