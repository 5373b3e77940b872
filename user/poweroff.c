/* poweroff [STATUS]: switch the machine off; QEMU ends with the status. */
#include "user/user.h"
#include "user/lib/util.h"

#define STATUS_MAX 127

int main(int argc, char **argv)
{
  int status = 0;

  if (argc > 2 || (argc == 2 && (parse_number(argv[1], &status) < 0 ||
                                 status > STATUS_MAX))) {
    fprintf(2, "usage: poweroff [STATUS], from 0 to %d\n", STATUS_MAX);
    return 1;
  }
  poweroff(status);
  fprintf(2, "poweroff: failed\n");
  return 1;
}
