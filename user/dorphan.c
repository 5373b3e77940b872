/* dorphan: leave a directory on the disk that no other names, because it is
 * still somebody's working directory. Whoever stops the machine now finds it
 * freed after the next boot. */
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

#define NAME "dorphan.tmp"

int main(void)
{
  struct stat st;

  if (mkdir(NAME) < 0 || chdir(NAME) < 0 || stat(".", &st) < 0 ||
      unlink("../" NAME) < 0 || sync() < 0) {
    fprintf(2, "dorphan: cannot make an orphan of %s\n", NAME);
    return 1;
  }
  printf("wait for the end of the machine with orphaned directory %d\n",
         st.ino);
  for (;;)
    pause(100);
}
