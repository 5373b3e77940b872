/* Writing without the worry about short writes. */
#include "user/lib/util.h"
#include "user/user.h"

int fd_write_all(int fd, const void *buf, int nbytes)
{
  const char *rest = buf;

  while (nbytes > 0) {
    int written = write(fd, rest, nbytes);
    if (written <= 0)
      return -1;
    rest += written;
    nbytes -= written;
  }
  return 0;
}
