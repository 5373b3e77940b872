/* namereuse [ROUNDS]: directories come and go, and each leaves its inode
 * number, and that of the file in it, to the next one, which has another name.
 * Meanwhile others open these files by their paths. Each path leads to its own
 * file, or to none. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"

#define ROUNDS 1000
#define KILLED -1 /* the status of one that was killed */

static void need(int good, const char *what)
{
  if (!good) {
    fprintf(2, "namereuse: %s failed\n", what);
    exit(1);
  }
}

static void make_and_remove(const char *dir, const char *path, char byte)
{
  need(mkdir(dir) == 0, "mkdir");
  int fd = open(path, O_CREATE | O_RDWR);
  need(fd >= 0 && write(fd, &byte, 1) == 1, "making a file");
  close(fd);
  need(unlink(path) == 0 && unlink(dir) == 0, "unlink");
}

/* Until it is killed: a file that is found is still empty, or holds its byte.
 */
static void look(const char *path, char byte)
{
  for (;;) {
    char found = byte;
    int fd = open(path, O_RDONLY);

    if (fd >= 0) {
      need(read(fd, &found, 1) >= 0 && found == byte, path);
      close(fd);
    }
  }
}

static int start_to_look(const char *path, char byte)
{
  int pid = fork();

  need(pid >= 0, "fork");
  if (pid == 0)
    look(path, byte);
  return pid;
}

int main(int argc, char *argv[])
{
  int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS, status, result = 0;

  int a = start_to_look("reuse.a/f", 'a');
  int b = start_to_look("reuse.b/../reuse.b/./f", 'b');
  for (int i = 0; i < rounds; i++) {
    make_and_remove("reuse.a", "reuse.a/f", 'a');
    make_and_remove("reuse.b", "reuse.b/f", 'b');
  }
  kill(a);
  kill(b);
  while (wait(&status) >= 0)
    result |= status != KILLED;
  if (result == 0)
    printf("all paths led to their files\n");
  exit(result);
}
