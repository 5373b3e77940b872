/* What fstat tells of a file. Old programs have this layout in them: its size
 * and offsets stay (four bytes before size are free). */
#ifndef KERNEL_STAT_H
#define KERNEL_STAT_H

#include "kernel/types.h"

#define T_DIR 1
#define T_FILE 2
#define T_DEVICE 3

struct stat {
  int dev;     /* the disk that holds it */
  uint ino;    /* inode number */
  short type;  /* T_DIR, T_FILE or T_DEVICE */
  short nlink; /* directory entries that name it */
  uint64 size; /* bytes */
};

#endif
