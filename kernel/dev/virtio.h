/* Facts of virtio 1.1: Virtio Over MMIO, Split Virtqueues, Block Device. */
#ifndef DEV_VIRTIO_H
#define DEV_VIRTIO_H

#include "lib/base.h"

/* Registers, 32 bits each. Those marked L are in the legacy layout only
 * (version 1), those marked M in the modern one (version 2). */
#define VIRTIO_MAGIC 0x000
#define VIRTIO_VERSION 0x004
#define VIRTIO_DEVICE_ID 0x008
#define VIRTIO_DEVICE_FEATURES 0x010
#define VIRTIO_DEVICE_FEATURES_SEL 0x014 /* which half: 0 or 1 */
#define VIRTIO_DRIVER_FEATURES 0x020
#define VIRTIO_DRIVER_FEATURES_SEL 0x024
#define VIRTIO_GUEST_PAGE_SIZE 0x028 /* L */
#define VIRTIO_QUEUE_SEL 0x030
#define VIRTIO_QUEUE_NUM_MAX 0x034
#define VIRTIO_QUEUE_NUM 0x038
#define VIRTIO_QUEUE_ALIGN 0x03C /* L */
#define VIRTIO_QUEUE_PFN 0x040   /* L */
#define VIRTIO_QUEUE_READY 0x044 /* M */
#define VIRTIO_QUEUE_NOTIFY 0x050
#define VIRTIO_INTERRUPT_STATUS 0x060
#define VIRTIO_INTERRUPT_ACK 0x064
#define VIRTIO_STATUS 0x070
#define VIRTIO_QUEUE_DESC_LOW 0x080   /* M; the high half is next to it */
#define VIRTIO_QUEUE_DRIVER_LOW 0x090 /* M */
#define VIRTIO_QUEUE_DEVICE_LOW 0x0A0 /* M */
#define VIRTIO_CONFIG 0x100

#define VIRTIO_MAGIC_VALUE 0x74726976 /* "virt" */
#define VIRTIO_VERSION_LEGACY 1
#define VIRTIO_VERSION_MODERN 2
#define VIRTIO_DEVICE_BLOCK 2
#define VIRTIO_INTERRUPT_CONFIG 2 /* configuration or status changed */

/* VIRTIO_STATUS: how far the driver has come, in this order, and two that say
 * that all is over. Writing 0 resets the device. */
#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_NEEDS_RESET 64
#define VIRTIO_STATUS_FAILED 128

/* Feature bits: of block devices, then of all. */
#define VIRTIO_BLK_F_RO (1UL << 5)
#define VIRTIO_BLK_F_BLK_SIZE (1UL << 6)
#define VIRTIO_BLK_F_FLUSH (1UL << 9)
#define VIRTIO_F_VERSION_1 (1UL << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1UL << 33)

/* Offsets in a block device's configuration. */
#define VIRTIO_BLK_CAPACITY 0  /* 64 bits, in sectors */
#define VIRTIO_BLK_BLK_SIZE 20 /* 32 bits, in bytes */

/* A queue: the descriptor table, the available ring, the used ring. Legacy
 * devices find the rings by the table's address: the available ring is right
 * behind it, the used ring at the next multiple of the alignment. */
#define VIRTIO_QUEUE_ALIGNMENT 4096

struct virtq_desc {
  uint64 address;
  uint32 nbytes;
  uint16 flags;
  uint16 next;
};

#define VIRTQ_DESC_NEXT 1  /* next is valid */
#define VIRTQ_DESC_WRITE 2 /* the device writes, it does not read */

struct virtq_avail {
  uint16 flags;
  uint16 index; /* counts what the driver has put in, and wraps */
  uint16 ring[];
};

struct virtq_used {
  uint16 flags;
  uint16 index; /* counts what the device has put in, and wraps */
  struct virtq_used_element {
    uint32 head; /* the first descriptor of a chain that is done */
    uint32 nbytes;
  } ring[];
};

/* A block request: this header, the data, and a status byte. */
struct virtio_blk_header {
  uint32 type;
  uint32 reserved;
  uint64 sector;
};

#define VIRTIO_BLK_T_IN 0 /* read */
#define VIRTIO_BLK_T_OUT 1
#define VIRTIO_BLK_T_FLUSH 4
#define VIRTIO_BLK_S_OK 0

#endif
