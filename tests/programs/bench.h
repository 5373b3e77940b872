/* What the programs that measure share: bench, benchsize and benchwall. They
 * are to run on any kernel of this family, from 2020 on, so they use only what
 * all of its libraries have: here, too, nothing is linked. */
#ifndef PROGRAMS_BENCH_H
#define PROGRAMS_BENCH_H

#include "kernel/types.h"
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

/* A child that becomes this program, with an argument at which it is to end. */
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

static inline int is_to_end(int argc, char *argv[])
{
  return argc == 2 && strcmp(argv[1], END_AT_ONCE) == 0;
}

#endif
