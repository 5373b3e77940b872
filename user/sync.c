/* sync: wait until all that was written is on the disk to stay. */
#include "user/user.h"

int main(void)
{
  if (sync() < 0) {
    fprintf(2, "sync: the disk reports an error\n");
    return 1;
  }
  return 0;
}
