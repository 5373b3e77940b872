/* Major numbers of the devices that mknod names, and minor numbers of STATS. */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#define CONSOLE 1
#define STATS 2

#define STATISTICS_MINOR 0
#define COUNTERS_MINOR 1
#define SINK_MINOR 2

#endif
