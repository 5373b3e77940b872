/* logstress FILE...: for each file a process that writes it anew, many times,
 * so that the log is always at work. At any moment each file is empty or
 * holds letters of one round. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"

#define ROUNDS 1000
#define WRITES 4

static char letters[2000];

static int write_round(const char *path, int round)
{
  int fd = open(path, O_CREATE | O_TRUNC | O_WRONLY);
  int written = 0;

  if (fd < 0)
    return -1;
  memset(letters, 'a' + round % 26, sizeof(letters));
  for (int i = 0; i < WRITES; i++)
    written += write(fd, letters, sizeof(letters));
  close(fd);
  return written == WRITES * (int)sizeof(letters) ? 0 : -1;
}

static void stress(const char *path)
{
  for (int round = 0; round < ROUNDS; round++) {
    if (write_round(path, round) < 0) {
      fprintf(2, "logstress: cannot write %s\n", path);
      exit(1);
    }
  }
  exit(0);
}

int main(int argc, char **argv)
{
  int failures = 0, status, pid;

  if (argc < 2) {
    fprintf(2, "usage: logstress FILE...\n");
    return 1;
  }
  for (int i = 1; i < argc; i++) {
    pid = fork();
    if (pid == 0)
      stress(argv[i]);
    if (pid < 0) {
      fprintf(2, "logstress: no process for %s\n", argv[i]);
      failures++;
    }
  }
  while (wait(&status) > 0)
    failures += status != 0;
  return failures != 0;
}
