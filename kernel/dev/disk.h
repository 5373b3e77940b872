/* The disk: a virtio block device on any of the eight virtio-mmio slots,
 * legacy (version 1) or modern (version 2). It is read and written by blocks of
 * BSIZE bytes; nothing here knows of files. Any number of requests may be in
 * flight together: those for which the queue has no room wait. */
#ifndef DEV_DISK_H
#define DEV_DISK_H

#include "dev/virtio.h"
#include "lib/base.h"

#define DISK_SECTOR 512 /* bytes, which are written whole or not at all */

enum disk_op {
  DISK_READ = VIRTIO_BLK_T_IN,
  DISK_WRITE = VIRTIO_BLK_T_OUT,
  DISK_FLUSH = VIRTIO_BLK_T_FLUSH, /* make all writes that are done lasting */
};

/* One request: nblocks blocks that lie one behind the other on the disk, and
 * anywhere in memory; a flush has none. The caller fills in the first part and
 * keeps the structure and the data where they are until disk_wait returns. The
 * data is in the direct map, so never on a kernel stack. */
struct disk_request {
  enum disk_op op;
  uint blockno;       /* the first block */
  uint nblocks;       /* at most disk_most_blocks() */
  uint8 *const *data; /* where each is; read by disk_start alone */

  /* The driver's. */
  bool done;
  int status;
};

/* Find the disk, make it ready and register its interrupt handler with the
 * PLIC. NULL when all is well, else what is wrong, as an English phrase. */
const char *disk_init(void);

/* Whole blocks that the disk holds, the most that a request may have, and
 * whether the disk takes no writes. */
uint64 disk_blocks(void);
uint disk_most_blocks(void);
bool disk_read_only(void);

/* Hand a request to the driver; may sleep for room in the queue. The device is
 * notified only when somebody waits, and then of all that is new. */
void disk_start(struct disk_request *request);

/* Sleep until the request is done. 0, also for a flush of a device that does
 * not offer it; -1 on a device error, for a block that is not on the disk, and
 * for a write to a read-only disk. */
int disk_wait(struct disk_request *request);

/* Both in one, of one block, or for NULL of none. */
int disk_io(enum disk_op op, uint blockno, uint8 *data);

#endif
