/* cat [FILE...]: copy files, or the input, to the output. */
#include "user/user.h"
#include "user/lib/util.h"
#include "kernel/fcntl.h"

static char buffer[2048];

/* Copy all that fd still holds. 0, or -1 with the reason told. Ends the
 * program if the output takes no more. */
static int copy_out(int fd, const char *name)
{
  int got;

  while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
    if (fd_write_all(1, buffer, got) < 0) {
      fprintf(2, "cat: write error\n");
      exit(1);
    }
  }
  if (got < 0)
    fprintf(2, "cat: %s: read error\n", name);
  return got;
}

static int copy_file(const char *name)
{
  int fd = open(name, O_RDONLY);
  if (fd < 0) {
    fprintf(2, "cat: cannot open %s\n", name);
    return -1;
  }

  int result = copy_out(fd, name);
  close(fd);
  return result;
}

int main(int argc, char **argv)
{
  int failed = 0;

  if (argc < 2)
    return copy_out(0, "input") < 0;
  for (int i = 1; i < argc; i++)
    if (copy_file(argv[i]) < 0)
      failed = 1;
  return failed;
}
