/* Major numbers of the devices that mknod names. */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#define CONSOLE 1
#define STATS 2

#endif
