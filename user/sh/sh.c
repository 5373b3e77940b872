/* sh [FILE]: the shell. Runs the commands of a file, or those typed at its
 * prompt. */
#include "user/user.h"
#include "user/sh/parse.h"
#include "user/sh/run.h"
#include "kernel/fcntl.h"
#include "kernel/stat.h"

enum line_result {
  LINE_READ,
  LINE_TOO_LONG,
  LINE_NONE, /* the input is at its end */
};

/* Read a line without its newline. A byte for each call, because what follows
 * the line may be for the commands in it. NULs are passed over. */
static enum line_result read_line(int fd, char *line)
{
  int length = 0, any = 0;
  char c;

  while (read(fd, &c, sizeof(c)) == sizeof(c)) {
    any = 1;
    if (c == '\n')
      break;
    if (c != '\0' && length < LINE_MAX)
      line[length++] = c;
  }
  if (length == LINE_MAX)
    return LINE_TOO_LONG;
  line[length] = '\0';
  return any ? LINE_READ : LINE_NONE;
}

/* The status of the line's commands, or 1 if they cannot be understood. */
static int run_line(const char *line, int script)
{
  struct stage *list;
  const char *error = parse_line(line, &list);

  if (error != NULL) {
    fprintf(2, "sh: %s\n", error);
    return 1;
  }
  return run_list(list, script);
}

/* Commands rely on descriptors 0, 1 and 2. */
static void open_standard(void)
{
  int fd;

  while ((fd = open("/console", O_RDWR)) >= 0 && fd <= 2)
    ;
  if (fd > 2)
    close(fd);
}

/* Run all lines of a descriptor. The status of the last one. */
static int run_lines(int fd, int script)
{
  static char line[LINE_MAX];
  int status = 0;

  for (;;) {
    if (script < 0)
      write(2, "$ ", 2);
    switch (read_line(fd, line)) {
    case LINE_READ:
      status = run_line(line, script);
      break;
    case LINE_TOO_LONG:
      fprintf(2, "sh: line too long\n");
      status = 1;
      break;
    case LINE_NONE:
      return status;
    }
  }
}

/* A descriptor of a file with commands, or -1 with the reason told. */
static int open_script(const char *path)
{
  struct stat st;
  int fd = open(path, O_RDONLY);

  if (fd < 0 || fstat(fd, &st) < 0) {
    fprintf(2, "sh: cannot open %s\n", path);
    return -1;
  }
  if (st.type == T_DIR) {
    fprintf(2, "sh: %s is a directory\n", path);
    return -1;
  }
  return fd;
}

int main(int argc, char **argv)
{
  open_standard();
  if (argc == 1)
    return run_lines(0, -1);
  if (argc > 2) {
    fprintf(2, "usage: sh [FILE]\n");
    return 1;
  }

  int script = open_script(argv[1]);
  return script < 0 ? 1 : run_lines(script, script);
}
