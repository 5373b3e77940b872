/* stats: how many copies from user memory went direct, and the copy mode; with
 * -a, all that the kernel counts. stats walk, stats direct: choose how the
 * kernel copies to and from user memory. stats onetable, stats twotables:
 * choose whether user mode runs on the private kernel table, where it can, or
 * always on the user table. */
#include "user/user.h"
#include "user/lib/util.h"
#include "kernel/fcntl.h"

#define FEW_LINES 3 /* the first ones: copyin, copyinstr and mode */

static char text[COUNTERS_ROOM];

/* The length of so many lines of the text. */
static int length_of_lines(int count)
{
  const char *end = text;

  while (count-- > 0 && (end = strchr(end, '\n')) != NULL)
    end++;
  return end != NULL ? (int)(end - text) : (int)strlen(text);
}

static int print_counters(int all)
{
  int nbytes = read_counters(text);

  if (nbytes < 0) {
    fprintf(2, "stats: cannot read the counters\n");
    return -1;
  }
  if (fd_write_all(1, text, all ? nbytes : length_of_lines(FEW_LINES)) < 0) {
    fprintf(2, "stats: write error\n");
    return -1;
  }
  return 0;
}

static int set_mode(const char *mode)
{
  int nbytes = strlen(mode);
  int fd = open("/counters", O_WRONLY);

  if (fd < 0 || write(fd, mode, nbytes) != nbytes) {
    fprintf(2, "stats: cannot set mode %s\n", mode);
    return -1;
  }
  close(fd);
  return 0;
}

static int is_mode(const char *word)
{
  static const char *const modes[] = {"walk", "direct", "onetable",
                                      "twotables"};

  for (uint i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
    if (strcmp(word, modes[i]) == 0)
      return 1;
  }
  return 0;
}

int main(int argc, char **argv)
{
  int all = argc == 2 && strcmp(argv[1], "-a") == 0;

  if (argc == 1 || all)
    return print_counters(all) < 0;
  if (argc == 2 && is_mode(argv[1]))
    return set_mode(argv[1]) < 0;
  fprintf(2, "usage: stats [-a | walk | direct | onetable | twotables]\n");
  return 1;
}
