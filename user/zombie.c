/* zombie: leave a child that has ended unwaited for, for a moment, and then
 * to init. */
#include "user/user.h"

#define TICKS_AS_ZOMBIE 5

int main(void)
{
  int pid = fork();

  if (pid < 0) {
    fprintf(2, "zombie: fork failed\n");
    return 1;
  }
  if (pid > 0)
    pause(TICKS_AS_ZOMBIE);
  return 0;
}
