/* init: process 1. Gives the console to the first shell, starts another when
 * that one ends, and waits for every process that lost its parent. */
#include "user/user.h"
#include "kernel/fcntl.h"
#include "kernel/file.h"

#define TICKS_TO_RETRY 10

/* Both are static on purpose. Scripts expect process 1 to fill four pages:
 * text, rodata, data and bss, by user.ld. */
static char *shell_argv[] = {"sh", NULL};
static int shell_status;

/* Descriptor 0, which no one has yet, and its copies 1 and 2. Without them
 * nothing could be said, so init ends, which the kernel reports. */
static void open_console(void)
{
  if (open("/console", O_RDWR) < 0) {
    mknod("/console", CONSOLE, 0);
    if (open("/console", O_RDWR) < 0)
      exit(1);
  }
  dup(0);
  dup(0);
}

/* The devices of the kernel's counters, of which older disks have but one. */
static void make_statistics(void)
{
  static const struct {
    const char *path;
    short minor;
  } nodes[] = {
      {"/statistics", STATISTICS_MINOR},
      {"/counters", COUNTERS_MINOR},
      {"/sink", SINK_MINOR},
  };

  for (int i = 0; i < (int)(sizeof(nodes) / sizeof(nodes[0])); i++) {
    int fd = open(nodes[i].path, O_RDONLY);

    if (fd >= 0)
      close(fd);
    else if (mknod(nodes[i].path, STATS, nodes[i].minor) < 0)
      fprintf(2, "init: cannot make %s\n", nodes[i].path);
  }
}

/* The pid of a new shell, or -1. */
static int start_shell(void)
{
  printf("init: starting sh\n");
  int pid = fork();
  if (pid < 0)
    fprintf(2, "init: fork failed\n");
  if (pid == 0) {
    exec("/sh", shell_argv);
    fprintf(2, "init: exec sh failed\n");
    exit(1);
  }
  return pid;
}

/* Wait until the shell has ended, and for any orphan that ends before. */
static void reap_until(int shell)
{
  int pid;

  do {
    pid = wait(&shell_status);
  } while (pid >= 0 && pid != shell);
}

int main(void)
{
  open_console();
  make_statistics();
  for (;;) {
    int shell = start_shell();

    if (shell > 0)
      reap_until(shell);
    /* A shell that cannot run shall not flood the console. */
    if (shell < 0 || shell_status != 0)
      pause(TICKS_TO_RETRY);
  }
}
