/* The virtio block driver. Descriptors are dealt out once for all: every slot
 * has three, enough for any request, and slots are what requests wait for.
 *
 * The device may lie. What it writes is looked at with care, and if it makes
 * no sense, the device is stopped and every request, now and later, fails. */
#include "dev/disk.h"
#include "arch/mmio.h"
#include "dev/plic.h"
#include "dev/virtio.h"
#include "dev/virtio_mmio.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "lib/print.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

#define VIRTIO_NSLOT 8
#define VIRTIO_STRIDE 0x1000

#define QUEUE_SIZE 128 /* descriptors, unless the device takes fewer */
#define PER_REQUEST 3  /* header, data, status */
#define NSLOT (QUEUE_SIZE / PER_REQUEST)

#define STATUS_UNTOUCHED 0xFF /* the device never writes this */

/* The queue, in the places that the legacy layout asks for: rings begins with
 * the available ring, or before it if the queue is shorter. */
struct queue {
  struct virtq_desc desc[QUEUE_SIZE];
  uint8 rings[VIRTIO_QUEUE_ALIGNMENT - sizeof(struct virtq_desc) * QUEUE_SIZE];
  uint8 used[VIRTIO_QUEUE_ALIGNMENT];
};
static struct queue queue __attribute__((aligned(VIRTIO_QUEUE_ALIGNMENT)));

static_assert(sizeof(struct virtq_avail) + sizeof(uint16) * (QUEUE_SIZE + 1) <=
                  sizeof(queue.rings),
              "the available ring fits");
static_assert(sizeof(struct virtq_used) +
                      sizeof(struct virtq_used_element) * QUEUE_SIZE <
                  sizeof(queue.used),
              "the used ring fits");

/* A place for one request at the device. */
struct slot {
  struct virtio_blk_header header;
  uint8 status;                 /* written by the device */
  struct disk_request *request; /* NULL: the slot is free */
};

static struct {
  uint64 base; /* of the device's registers */
  uint64 features;
  uint64 size; /* bytes */
  uint32 queue_size;
  struct virtq_avail *avail;
  struct virtq_used *used;

  struct spinlock lock; /* guards what follows, the rings and the requests */
  bool broken;
  uint16 told;      /* avail->index up to which the device was notified */
  uint16 used_seen; /* used->index up to which all is done */
  uint nslots;      /* slots that the queue has descriptors for */
  uint nfree;       /* who waits for one sleeps on this field */
  struct slot slot[NSLOT];
} disk = {.lock = SPINLOCK_INIT("disk")};

uint64 disk_size(void)
{
  return disk.size;
}

bool disk_read_only(void)
{
  return (disk.features & VIRTIO_BLK_F_RO) != 0;
}

/* The request is over. Its owner may be gone after the lock is released. */
static void finish(struct disk_request *request, int status)
{
  request->status = status;
  request->done = true;
  wakeup(request);
}

static void finish_slot(struct slot *slot, int status)
{
  struct disk_request *request = slot->request;

  slot->request = NULL;
  if (disk.nfree++ == 0)
    wakeup(&disk.nfree);
  finish(request, status);
}

static void give_up(const char *why)
{
  printk("disk: %s; given up\n", why);
  if (!virtio_stop(disk.base))
    printk("disk: it does not stop\n");
  disk.broken = true;
  for (uint i = 0; i < disk.nslots; i++) {
    if (disk.slot[i].request != NULL)
      finish_slot(&disk.slot[i], -1);
  }
}

/* The slot of the chain that begins with this descriptor; NULL if the device
 * does not have such a chain. */
static struct slot *slot_of(uint32 head)
{
  uint32 i = head / PER_REQUEST;

  if (head % PER_REQUEST != 0 || i >= disk.nslots ||
      disk.slot[i].request == NULL)
    return NULL;
  return &disk.slot[i];
}

static void collect(void)
{
  uint16 index = __atomic_load_n(&disk.used->index, __ATOMIC_ACQUIRE);

  while (disk.used_seen != index) {
    uint16 at = disk.used_seen % disk.queue_size;
    struct slot *slot = slot_of(disk.used->ring[at].head);
    if (slot == NULL) {
      give_up("the device returned what it was not given");
      return;
    }
    disk.used_seen++;
    finish_slot(slot, slot->status == VIRTIO_BLK_S_OK ? 0 : -1);
  }
}

static void interrupt(int irq)
{
  (void)irq;
  acquire(&disk.lock);
  uint32 causes = mmio_read32(disk.base + VIRTIO_INTERRUPT_STATUS);
  mmio_write32(disk.base + VIRTIO_INTERRUPT_ACK, causes);
  io_fence();
  if (!disk.broken)
    collect();
  if (!disk.broken && (causes & VIRTIO_INTERRUPT_CONFIG) &&
      (mmio_read32(disk.base + VIRTIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET))
    give_up("the device asks for a reset");
  release(&disk.lock);
}

/* Whether the request can go to the device as it is. */
static bool valid(const struct disk_request *request)
{
  if (request->op == DISK_FLUSH)
    return true;
  if (request->op == DISK_WRITE && disk_read_only())
    return false;
  return request->offset % DISK_SECTOR == 0 &&
         request->nbytes % DISK_SECTOR == 0 && request->nbytes > 0 &&
         request->nbytes <= ~(uint32)0 && request->offset <= disk.size &&
         request->nbytes <= disk.size - request->offset;
}

/* Link another part of a request to the chain that ends at desc. */
static struct virtq_desc *chain(struct virtq_desc *desc, void *part,
                                uint64 nbytes, uint16 flags)
{
  struct virtq_desc *next = desc + 1;

  desc->flags |= VIRTQ_DESC_NEXT;
  desc->next = (uint16)(next - queue.desc);
  *next = (struct virtq_desc){(uint64)part, (uint32)nbytes, flags, 0};
  return next;
}

/* Fill in a slot and its descriptors. The chain's first descriptor. */
static uint16 describe(struct slot *slot, struct disk_request *request)
{
  static const uint32 types[] = {
      [DISK_READ] = VIRTIO_BLK_T_IN,
      [DISK_WRITE] = VIRTIO_BLK_T_OUT,
      [DISK_FLUSH] = VIRTIO_BLK_T_FLUSH,
  };
  uint16 head = (uint16)(PER_REQUEST * (slot - disk.slot));
  struct virtq_desc *desc = &queue.desc[head];

  slot->request = request;
  slot->status = STATUS_UNTOUCHED;
  slot->header = (struct virtio_blk_header){
      .type = types[request->op],
      .sector = request->offset / DISK_SECTOR,
  };
  *desc =
      (struct virtq_desc){(uint64)&slot->header, sizeof(slot->header), 0, 0};
  if (request->op != DISK_FLUSH)
    desc = chain(desc, request->data, request->nbytes,
                 request->op == DISK_READ ? VIRTQ_DESC_WRITE : 0);
  chain(desc, &slot->status, sizeof(slot->status), VIRTQ_DESC_WRITE);
  return head;
}

/* Take a free slot, of which there is one. */
static struct slot *take_slot(void)
{
  struct slot *slot = disk.slot;

  while (slot->request != NULL)
    slot++;
  disk.nfree--;
  return slot;
}

/* The device may look at the ring at any time: what a store makes visible is
 * in memory before it. */
static void submit(struct disk_request *request)
{
  uint16 head = describe(take_slot(), request);
  uint16 index = disk.avail->index;

  disk.avail->ring[index % disk.queue_size] = head;
  __atomic_store_n(&disk.avail->index, (uint16)(index + 1), __ATOMIC_RELEASE);
}

/* Notify the device of all that it was not told of: a hypervisor takes those
 * that are told together as one, where they adjoin. */
static void tell(void)
{
  if (disk.broken || disk.told == disk.avail->index)
    return;
  disk.told = disk.avail->index;
  io_fence();
  mmio_write32(disk.base + VIRTIO_QUEUE_NOTIFY, 0);
}

void disk_start(struct disk_request *request)
{
  request->done = false;
  acquire(&disk.lock);
  if (!valid(request)) {
    finish(request, -1);
  } else if (request->op == DISK_FLUSH &&
             !(disk.features & VIRTIO_BLK_F_FLUSH)) {
    finish(request, 0);
  } else {
    while (disk.nfree == 0 && !disk.broken) {
      tell();
      sleep(&disk.nfree, &disk.lock);
    }
    if (disk.broken)
      finish(request, -1);
    else
      submit(request);
  }
  release(&disk.lock);
}

int disk_wait(struct disk_request *request)
{
  acquire(&disk.lock);
  while (!request->done) {
    tell();
    sleep(request, &disk.lock);
  }
  release(&disk.lock);
  return request->status;
}

/* Lay out and hand over the queue. NULL, or what is wrong. */
static const char *start_queue(void)
{
  uint32 max = virtio_queue_max(disk.base);

  disk.queue_size = QUEUE_SIZE;
  while (disk.queue_size > max)
    disk.queue_size /= 2;
  if (disk.queue_size < PER_REQUEST)
    return "virtio device: its queue is too short";
  disk.nslots = disk.nfree = disk.queue_size / PER_REQUEST;

  disk.avail = (struct virtq_avail *)&queue.desc[disk.queue_size];
  disk.used = (struct virtq_used *)queue.used;
  const struct virtio_queue_place place = {
      .descriptors = (uint64)queue.desc,
      .available = (uint64)disk.avail,
      .used = (uint64)disk.used,
  };
  virtio_run(disk.base, disk.queue_size, &place);
  return NULL;
}

static const char *start(void)
{
  const char *problem = virtio_begin(
      disk.base, VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_BLK_SIZE,
      &disk.features);
  if (problem != NULL)
    return problem;

  /* A request that is not made of whole sectors would be an error. */
  if ((disk.features & VIRTIO_BLK_F_BLK_SIZE) &&
      (uint32)virtio_config_read64(disk.base, VIRTIO_BLK_BLK_SIZE) > BSIZE)
    return "virtio device: its sectors are larger than a block (BSIZE)";

  uint64 sectors = virtio_config_read64(disk.base, VIRTIO_BLK_CAPACITY);
  if (sectors > ~0UL / DISK_SECTOR)
    return "virtio device: says it is too large";
  disk.size = sectors * DISK_SECTOR;
  return start_queue();
}

const char *disk_init(void)
{
  for (int i = 0; i < VIRTIO_NSLOT; i++) {
    disk.base = VIRTIO0 + i * VIRTIO_STRIDE;
    if (virtio_probe(disk.base, VIRTIO_DEVICE_BLOCK)) {
      plic_handle(VIRTIO0_IRQ + i, interrupt);
      return start();
    }
  }
  return "no disk (virtio-blk-device)";
}
