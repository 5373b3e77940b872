/* echo [WORD...]: print the words on one line, in one write. */
#include "user/user.h"
#include "user/lib/util.h"
#include "kernel/param.h"
#include "kernel/riscv.h"

/* The words came on the stack, each with a NUL where the line has a space or
 * its newline: so they fit. */
static char line[USERSTACK * PGSIZE];

int main(int argc, char **argv)
{
  char *end = line;

  for (int i = 1; i < argc; i++) {
    strcpy(end, argv[i]);
    end += strlen(argv[i]);
    if (i < argc - 1)
      *end++ = ' ';
  }
  *end++ = '\n';

  if (fd_write_all(1, line, end - line) < 0) {
    fprintf(2, "echo: write error\n");
    return 1;
  }
  return 0;
}
