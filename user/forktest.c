/* forktest: fork until the kernel refuses, which it must do properly. Small,
 * without printf, so that processes run out before memory does. */
#include "user/user.h"

#define FORKS_MAX 1000 /* more than there can be processes */

static void say(int fd, const char *message)
{
  write(fd, message, strlen(message));
}

static void fail(const char *message)
{
  say(2, message);
  exit(1);
}

/* The number of children that came to be; each of them ends at once. */
static int fork_all(void)
{
  for (int n = 0; n < FORKS_MAX; n++) {
    int pid = fork();
    if (pid < 0)
      return n;
    if (pid == 0)
      exit(0);
  }
  fail("fork test: fork never failed\n");
  return -1;
}

int main(void)
{
  say(1, "fork test\n");
  for (int left = fork_all(); left > 0; left--)
    if (wait(NULL) < 0)
      fail("fork test: a child is missing\n");
  if (wait(NULL) >= 0)
    fail("fork test: a child too many\n");
  say(1, "fork test OK\n");
  return 0;
}
