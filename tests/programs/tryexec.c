/* tryexec PREFIX: exec every file of the root directory whose name begins so,
 * and print for each its name and what came of it: `refused`, `ended N`, or
 * `stopped`, if it still ran after a while and was killed. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "user/user.h"

#define REFUSED_STATUS 1000
#define STOP_TICKS 5

/* Kill a process after a while. The pid of who does it. */
static int start_stopper(int pid)
{
  int stopper = fork();

  if (stopper == 0) {
    pause(STOP_TICKS);
    exit(kill(pid));
  }
  return stopper;
}

static void try_program(char *path)
{
  char *argv[] = {path, NULL};
  int status = -1, stopped = 0, other;

  int pid = fork();
  if (pid == 0) {
    exec(path, argv);
    exit(REFUSED_STATUS);
  }
  int stopper = start_stopper(pid);
  if (pid < 0 || stopper < 0) {
    fprintf(2, "tryexec: cannot fork\n");
    exit(1);
  }
  if (wait(&status) == stopper) {
    stopped = status == 0;
    wait(&status);
  } else {
    kill(stopper);
    wait(&other);
  }
  if (stopped)
    printf("%s: stopped\n", path + 1);
  else if (status == REFUSED_STATUS)
    printf("%s: refused\n", path + 1);
  else
    printf("%s: ended %d\n", path + 1, status);
}

static int begins(const char *name, const char *prefix)
{
  while (*prefix != '\0' && *name == *prefix) {
    name++;
    prefix++;
  }
  return *prefix == '\0';
}

int main(int argc, char **argv)
{
  char path[DIRSIZ + 2] = "/"; /* and a NUL at its end */
  struct dirent entry;
  int fd = open("/", O_RDONLY);

  if (argc != 2) {
    fprintf(2, "usage: tryexec PREFIX\n");
    return 1;
  }
  while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
    memcpy(path + 1, entry.name, DIRSIZ);
    if (entry.inum != 0 && begins(path + 1, argv[1]))
      try_program(path);
  }
  return 0;
}
