/* kill PID...: end processes. */
#include "user/user.h"
#include "user/lib/util.h"

int main(int argc, char **argv)
{
  int failed = 0;

  if (argc < 2) {
    fprintf(2, "usage: kill PID...\n");
    return 1;
  }
  for (int i = 1; i < argc; i++) {
    int pid;
    if (parse_number(argv[i], &pid) < 0) {
      fprintf(2, "kill: %s is not a process id\n", argv[i]);
      failed = 1;
    } else if (kill(pid) < 0) {
      fprintf(2, "kill: no process %d\n", pid);
      failed = 1;
    }
  }
  return failed;
}
