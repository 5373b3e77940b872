/* The disk: a virtio block device on any of the eight virtio-mmio slots,
 * legacy (version 1) or modern (version 2). Addresses are in bytes; nothing
 * here knows of files. A sector is DISK_SECTOR bytes, virtio's unit.
 *
 * Any number of requests may be in flight together: those for which the queue
 * has no room wait. */
#ifndef DEV_DISK_H
#define DEV_DISK_H

#include "lib/base.h"

#define DISK_SECTOR 512

enum disk_op {
  DISK_READ,
  DISK_WRITE,
  DISK_FLUSH,
};

/* One request. The caller fills in the first part and keeps the structure
 * and the data where they are until disk_wait has returned. The data is
 * ordinary kernel memory of the direct map, never on a kernel stack. */
struct disk_request {
  enum disk_op op;
  uint64 offset; /* bytes, a multiple of DISK_SECTOR; 0 for DISK_FLUSH */
  void *data;    /* NULL for DISK_FLUSH */
  uint64 nbytes; /* a multiple of DISK_SECTOR; 0 for DISK_FLUSH */

  /* The driver's. */
  bool done;
  int status; /* 0, or -1: the device reported an error */
};

/* Find the disk, make it ready and register its interrupt handler with the
 * PLIC. NULL when all is well, else what is wrong, as an English phrase. */
const char *disk_init(void);

/* Bytes that the disk holds, and whether it takes no writes. */
uint64 disk_size(void);
bool disk_read_only(void);

/* Hand a request to the driver; may sleep for room in the queue. The device is
 * notified only when somebody waits, and then of all that is new. */
void disk_start(struct disk_request *request);

/* Sleep until the request is done. 0, or -1 on a device error, or if the
 * range was not inside the disk, or for a write to a read-only disk. */
int disk_wait(struct disk_request *request);

/* Both in one. A flush makes all writes that are done lasting; it does nothing
 * and gives 0 where the device does not offer it. */
int disk_read(uint64 offset, void *data, uint64 nbytes);
int disk_write(uint64 offset, const void *data, uint64 nbytes);
int disk_flush(void);

#endif
