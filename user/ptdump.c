/* ptdump [-k] [PID]: print the user page table of a process, or with -k its
 * private kernel table; without PID, this program's own. */
#include "user/user.h"
#include "user/lib/util.h"

int main(int argc, char **argv)
{
  int kernel_table = argc > 1 && strcmp(argv[1], "-k") == 0;
  int nwords = argc - 1 - kernel_table;
  int pid = 0;

  if (nwords > 1 || (nwords == 1 && parse_number(argv[argc - 1], &pid) < 0)) {
    fprintf(2, "usage: ptdump [-k] [PID]\n");
    return 1;
  }
  if (ptdump(pid, kernel_table) < 0) {
    fprintf(2, "ptdump: no process %d, or it is too busy to be shown\n", pid);
    return 1;
  }
  return 0;
}
