/* What the programs that measure share: bench, benchsize, benchwall and
 * benchcopy. All but the last are to run on any kernel of this family, from
 * 2020 on, so they use only what all of its libraries have, and what they share
 * stands whole in this header. */
#ifndef PROGRAMS_BENCH_H
#define PROGRAMS_BENCH_H

#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"

#define PAGE 4096
#define KIB 1024
#define MIB (1024 * KIB)
#define FILE_SIZE (64 * KIB)
#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* A process of 22 pages; the guard, which is none, is counted by the break. */
#define PROCESS_PAGES 22
#define PROCESS_END ((PROCESS_PAGES + 1) * PAGE)

static inline uint64 cycles(void)
{
  uint64 now;

  asm volatile("rdcycle %0" : "=r"(now));
  return now;
}

/* The clock on the wall, in its own units. */
#define UNIT_NS 100 /* of QEMU's virt machine */
static inline uint64 time_units(void)
{
  uint64 now;

  asm volatile("rdtime %0" : "=r"(now));
  return now;
}

/* So many units at least are one measurement by that clock. */
#define LEAST_UNITS 5000

/* Stop with a message unless this is so. */
static inline void need(int good, const char *what)
{
  if (!good) {
    printf("bench: %s failed\n", what);
    exit(1);
  }
}

/* Move the break by this many bytes: where it was. */
static inline char *grow(int nbytes)
{
  char *start = sbrk(nbytes);

  need(start != (char *)-1, "sbrk");
  return start;
}

static inline void touch(char *start, int nbytes)
{
  for (int i = 0; i < nbytes; i += PAGE)
    *(volatile char *)(start + i) = 1;
}

/* Become a process of PROCESS_PAGES, each of them touched. */
static inline void fill_process(void)
{
  int nbytes = PROCESS_END - (int)(uint64)grow(0);

  touch(grow(nbytes), nbytes);
}

/* A child that only ends, and its end. */
static inline void fork_once(void)
{
  int pid = fork();

  if (pid == 0)
    exit(0);
  need(pid > 0 && wait(0) == pid, "fork");
}

/* A child that becomes a program of these, with an argument at which it is to
 * end. */
#define END_AT_ONCE "-"
static inline void exec_once(char *program)
{
  char *arguments[] = {program, END_AT_ONCE, 0};
  int pid = fork();

  if (pid == 0) {
    exec(program, arguments);
    exit(1);
  }
  need(pid > 0 && wait(0) == pid, "exec");
}

/* What the kernel counts, if it is one that tells, as a text; its length. */
static inline int read_counters_into(char *text, int room)
{
  int fd = open("/counters", O_RDONLY);
  int length = 0, nbytes;

  while (fd >= 0 && length < room - 1 &&
         (nbytes = read(fd, text + length, room - 1 - length)) > 0)
    length += nbytes;
  close(fd);
  text[length] = '\0';
  return length;
}

/* The number behind "NAME: " in that text; -1: it is not in it. */
static inline int counter_in(const char *text, const char *name)
{
  int length = strlen(name);

  for (const char *at = text; *at; at++) {
    if ((at == text || at[-1] == '\n') && memcmp(at, name, length) == 0 &&
        at[length] == ':')
      return atoi(at + length + 2);
  }
  return -1;
}

static inline int is_to_end(int argc, char *argv[])
{
  return argc == 2 && strcmp(argv[1], END_AT_ONCE) == 0;
}

#endif
