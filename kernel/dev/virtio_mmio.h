/* Bringing up a virtio device with one queue, behind virtio-mmio registers of
 * either version. virtio 1.1, Device Initialization; Virtio Over MMIO. */
#ifndef DEV_VIRTIO_MMIO_H
#define DEV_VIRTIO_MMIO_H

#include "lib/base.h"

/* Where a queue's three parts are: physical addresses. In the legacy layout
 * they follow from the first, so the driver puts them there for both. */
struct virtio_queue_place {
  uint64 descriptors; /* aligned to VIRTIO_QUEUE_ALIGNMENT */
  uint64 available;   /* right behind the descriptors */
  uint64 used;        /* on the next boundary of VIRTIO_QUEUE_ALIGNMENT */
};

#define VIRTIO_QUEUE_ALIGNMENT 4096

/* Whether the registers at base are a device of this kind that we can run. */
bool virtio_probe(uint64 base, uint32 device_id);

/* Reset the device and agree on features: of those wanted, the ones that it
 * offers go to *features. NULL, or what is wrong. */
const char *virtio_begin(uint64 base, uint64 wanted, uint64 *features);

/* The most descriptors that queue 0 may have; 0: there is no such queue. */
uint32 virtio_queue_max(uint64 base);

/* Give the device its queue 0, of size descriptors, and let it run. */
void virtio_run(uint64 base, uint32 size,
                const struct virtio_queue_place *place);

/* Reset the device: from now on it touches no memory. False if it does not
 * obey. */
bool virtio_stop(uint64 base);

/* A 64-bit field of the configuration, whole even if it changes meanwhile. */
uint64 virtio_config_read64(uint64 base, uint64 offset);

#endif
