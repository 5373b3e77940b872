/* Two ways to move the break. */
#include "user/user.h"

char *sbrk(int nbytes)
{
  return sys_sbrk(nbytes, SBRK_EAGER);
}

char *sbrklazy(int nbytes)
{
  return sys_sbrk(nbytes, SBRK_LAZY);
}
