/* forphan: leave a file on the disk that no directory names, because it is
 * still open. Whoever stops the machine now finds it freed after the next
 * boot. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/stat.h"
#include "user/user.h"

#define PATH "forphan.tmp"

static int make_orphan(struct stat *st)
{
  int fd = open(PATH, O_CREATE | O_RDWR);

  if (fd < 0 || write(fd, PATH, sizeof(PATH)) != sizeof(PATH))
    return -1;
  if (unlink(PATH) < 0 || fstat(fd, st) < 0)
    return -1;
  return sync();
}

int main(void)
{
  struct stat st;

  if (make_orphan(&st) < 0) {
    fprintf(2, "forphan: cannot make an orphan of %s\n", PATH);
    return 1;
  }
  printf("wait for the end of the machine with orphaned file %d\n", st.ino);
  for (;;)
    pause(100);
}
