/* stats: print the kernel's counters. stats walk, stats direct: choose how
 * the kernel copies to and from user memory. */
#include "user/user.h"
#include "user/lib/util.h"
#include "kernel/fcntl.h"

static char text[4096]; /* as long as the counters' text can be */

static int print_statistics(void)
{
  int nbytes = statistics(text, sizeof(text));

  if (nbytes < 0) {
    fprintf(2, "stats: cannot read the statistics\n");
    return -1;
  }
  if (fd_write_all(1, text, nbytes) < 0) {
    fprintf(2, "stats: write error\n");
    return -1;
  }
  return 0;
}

static int set_mode(const char *mode)
{
  int nbytes = strlen(mode);
  int fd = open("/statistics", O_WRONLY);

  if (fd < 0 || write(fd, mode, nbytes) != nbytes) {
    fprintf(2, "stats: cannot set mode %s\n", mode);
    return -1;
  }
  close(fd);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 1)
    return print_statistics() < 0;
  if (argc == 2 &&
      (strcmp(argv[1], "walk") == 0 || strcmp(argv[1], "direct") == 0))
    return set_mode(argv[1]) < 0;
  fprintf(2, "usage: stats [walk|direct]\n");
  return 1;
}
