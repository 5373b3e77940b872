#include "tests/host/fsck.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mkfs/check.h"

int fsck(const uint8 *image)
{
  struct superblock super;
  memcpy(&super, image + SUPER_BLOCK * BSIZE, sizeof(super));
  size_t nbytes = (size_t)super.size * BSIZE;
  uint8 *copy = malloc(nbytes);
  memcpy(copy, image, nbytes);
  struct check_result result =
      check_image(copy, super.size, super.size, stdout);
  free(copy);
  return result.faults;
}
