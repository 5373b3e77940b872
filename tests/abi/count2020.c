/* The programs of 2020 between which that year's script counts copies: process
 * 1, the shell and `stats`, in one program that looks at its name. As in that
 * year, what they print goes out by one write for each byte. */
#include "abi.h"

#define LINE 100
#define CONSOLE_MAJOR 1
#define STATISTICS_MAJOR 2

static void print(int fd, const char *text, int nbytes)
{
  for (int i = 0; i < nbytes; i++)
    write(fd, text + i, 1);
}

static void run(char *name)
{
  if (fork() == 0) {
    exec(name, (char *[]){name, 0});
    exit(1);
  }
  wait(0);
}

static void be_init(void)
{
  static const char starting[] = "init: starting sh\n";

  if (open("console", READ_WRITE) < 0) {
    mknod("console", CONSOLE_MAJOR, 0);
    mknod("statistics", STATISTICS_MAJOR, 0);
    open("console", READ_WRITE);
  }
  dup(0);
  dup(0);
  for (;;) {
    print(1, starting, length_of(starting));
    run("sh");
  }
}

static void be_shell(void)
{
  static char line[LINE];
  int length;

  close(open("console", READ_WRITE));
  for (;;) {
    print(2, "$ ", 2);
    for (length = 0; length < LINE - 1; length++)
      if (read(0, line + length, 1) < 1 || line[length] == '\n')
        break;
    line[length] = 0;
    run(line);
  }
}

static void be_stats(void)
{
  static char text[PAGE];
  int length = 0, got, fd = open("statistics", READ_ONLY);

  while (length < PAGE && (got = read(fd, text + length, PAGE - length)) > 0)
    length += got;
  close(fd);
  print(1, text, length);
}

int main(int argc, char **argv)
{
  (void)argc;
  if (same(argv[0], "sh"))
    be_shell();
  if (same(argv[0], "stats"))
    be_stats();
  else
    be_init();
  exit(0);
}
