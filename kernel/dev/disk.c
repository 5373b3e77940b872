/* The virtio block driver. The device and the driver share a queue in memory
 * (virtio 1.1, Split Virtqueues). A descriptor names a piece of memory, and a
 * request is a chain of descriptors: a header that says what to do, the data,
 * and a byte for the status.
 *
 *   disk_start  fills in a chain and puts the number of its first descriptor
 *               into the available ring
 *   disk_wait   notifies the device of what is new there, and sleeps
 *   the device  works off the chains in any order, puts each one's number
 *               into the used ring, and interrupts
 *   interrupt   takes them from there and wakes who waits
 *
 * The field next of the descriptors chains the free ones. A request takes the
 * first so many, chained as they are, and waits while there are fewer.
 *
 * The device may lie. What it writes is checked before it is used; if it makes
 * no sense, the device is stopped, and every request, now and later, fails.
 *
 * Read dev/virtio.h before, for the names of what the device reads. */
#include "dev/disk.h"
#include "arch/mmio.h"
#include "dev/plic.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "lib/print.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

#define VIRTIO_NSLOT 8
#define VIRTIO_STRIDE 0x1000

#define QUEUE_SIZE 128 /* descriptors, unless the device takes fewer */
#define BESIDE_DATA 2  /* of a request's: header, status */

#define STATUS_UNTOUCHED 0xFF /* the device never writes this */

/* A device that does not come out of a reset after so many looks is broken. */
#define RESET_LOOKS 1000000

/* The queue: descriptors and available ring, then the used ring. */
static uint8 queue[2][VIRTIO_QUEUE_ALIGNMENT]
    __attribute__((aligned(VIRTIO_QUEUE_ALIGNMENT)));

static_assert(QUEUE_SIZE * (sizeof(struct virtq_desc) + sizeof(uint16)) +
                      sizeof(struct virtq_avail) <
                  VIRTIO_QUEUE_ALIGNMENT,
              "these fit into a page, and so does the used ring");

static struct {
  uint64 base; /* of the device's registers */
  bool legacy;
  uint64 features; /* that both sides have accepted */
  uint64 nblocks;
  uint32 queue_size;
  struct virtq_desc *desc;
  struct virtq_avail *avail;
  struct virtq_used *used;

  struct spinlock lock; /* guards what follows, the rings and the requests */
  bool broken;          /* it is given up */
  uint16 notified;      /* avail->index up to which the device was notified */
  uint16 used_seen;     /* used->index up to which all is done */
  uint nfree; /* descriptors; who waits for some sleeps on this field */
  bool somebody_waits;
  uint16 first_free;
  struct chain { /* what else a request has, by its first descriptor */
    struct virtio_blk_header header;
    uint8 status;                 /* written by the device */
    uint16 last;                  /* its last descriptor */
    struct disk_request *request; /* NULL: none begins here */
  } chain[QUEUE_SIZE];
} disk = {.lock = SPINLOCK_INIT("disk")};

static uint32 get_register(uint64 offset)
{
  return mmio_read32(disk.base + offset);
}

static void set_register(uint64 offset, uint32 value)
{
  mmio_write32(disk.base + offset, value);
}

static void add_status(uint32 bits)
{
  set_register(VIRTIO_STATUS, get_register(VIRTIO_STATUS) | bits);
}

uint64 disk_blocks(void)
{
  return disk.nblocks;
}

uint disk_most_blocks(void)
{
  return disk.queue_size - BESIDE_DATA;
}

bool disk_read_only(void)
{
  return (disk.features & VIRTIO_BLK_F_RO) != 0;
}

/* Reset the device; then it touches no memory any more. False: it disobeys. */
static bool reset(void)
{
  set_register(VIRTIO_STATUS, 0);
  for (int looks = 0; get_register(VIRTIO_STATUS) != 0; looks++)
    if (looks == RESET_LOOKS)
      return false;
  io_fence();
  return true;
}

/* Under the lock: the request that begins at this descriptor is over. Its
 * owner, who wakes up, may be gone once the lock is released. */
static void finish(uint32 head, int status)
{
  struct chain *chain = &disk.chain[head];
  disk.desc[chain->last].next = disk.first_free;
  disk.first_free = head;
  disk.nfree += chain->request->nblocks + BESIDE_DATA;
  chain->request->status = status;
  chain->request->done = true;
  wakeup(chain->request);
  chain->request = NULL;
}

/* Under the lock: the device is stopped before its requests end, since their
 * memory is put to other uses then. */
static void give_up(const char *why)
{
  printk("disk: %s; given up\n", why);
  if (!reset())
    printk("disk: it does not stop\n");
  disk.broken = true;
  for (uint32 head = 0; head < disk.queue_size; head++)
    if (disk.chain[head].request != NULL)
      finish(head, -1);
}

static void interrupt(void)
{
  acquire(&disk.lock);

  /* What the device does after the acknowledgement raises an interrupt anew. */
  uint32 causes = get_register(VIRTIO_INTERRUPT_STATUS);
  set_register(VIRTIO_INTERRUPT_ACK, causes);
  io_fence();

  /* The index is read before the elements that it counts: acquire. */
  uint16 index = __atomic_load_n(&disk.used->index, __ATOMIC_ACQUIRE);
  for (; !disk.broken && disk.used_seen != index; disk.used_seen++) {
    uint32 head = disk.used->ring[disk.used_seen % disk.queue_size].head;
    if (head < disk.queue_size && disk.chain[head].request != NULL)
      finish(head, disk.chain[head].status == VIRTIO_BLK_S_OK ? 0 : -1);
    else
      give_up("the device returned what it was not given");
  }
  if (!disk.broken && (causes & VIRTIO_INTERRUPT_CONFIG) &&
      (get_register(VIRTIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET))
    give_up("the device asks for a reset");
  wakeup(&disk.nfree);
  release(&disk.lock);
}

/* Under the lock: notify the device of all that it does not know of at once:
 * adjoining requests then become one in a hypervisor. */
static void notify(void)
{
  if (disk.broken || disk.notified == disk.avail->index)
    return;
  disk.notified = disk.avail->index;
  io_fence(); /* the index is in memory before the device hears of it */
  set_register(VIRTIO_QUEUE_NOTIFY, 0);
}

/* Under the lock: describe a request by the first of the free descriptors,
 * which suffice. The number of its first one. */
static uint16 make_chain(struct disk_request *request)
{
  uint16 head = disk.first_free;
  struct virtq_desc *desc = &disk.desc[head];
  struct chain *chain = &disk.chain[head];
  chain->request = request;
  chain->status = STATUS_UNTOUCHED;
  chain->header = (struct virtio_blk_header){
      .type = request->op,
      .sector = (uint64)request->blockno * (BSIZE / DISK_SECTOR)};
  /* The header, the blocks, the status. */
  desc->address = (uint64)&chain->header;
  desc->nbytes = sizeof(chain->header);
  desc->flags = VIRTQ_DESC_NEXT;
  uint16 flags =
      VIRTQ_DESC_NEXT | (request->op == DISK_READ ? VIRTQ_DESC_WRITE : 0);
  for (uint i = 0; i < request->nblocks; i++) {
    desc = &disk.desc[desc->next];
    desc->address = (uint64)request->data[i];
    desc->nbytes = BSIZE;
    desc->flags = flags;
  }
  chain->last = desc->next;
  desc = &disk.desc[chain->last];
  desc->address = (uint64)&chain->status;
  desc->nbytes = sizeof(chain->status);
  desc->flags = VIRTQ_DESC_WRITE;
  disk.first_free = desc->next;
  disk.nfree -= request->nblocks + BESIDE_DATA;
  return head;
}

void disk_start(struct disk_request *request)
{
  bool needless =
      request->op == DISK_FLUSH && !(disk.features & VIRTIO_BLK_F_FLUSH);
  bool possible = (uint64)request->blockno + request->nblocks <= disk.nblocks &&
                  !(request->op == DISK_WRITE && disk_read_only());
  request->status = needless ? 0 : -1;
  request->done = true; /* unless the device gets it */
  if (needless || !possible)
    return;

  acquire(&disk.lock);
  /* Who waits for descriptors comes before all others, so that the small
   * requests of many never starve a large one. */
  uint ndesc = request->nblocks + BESIDE_DATA;
  bool is_next = false;
  while (disk.nfree < ndesc || (disk.somebody_waits && !is_next)) {
    is_next = is_next || !disk.somebody_waits;
    disk.somebody_waits = true;
    notify(); /* or nobody would, and no descriptor would become free */
    sleep(&disk.nfree, &disk.lock);
  }
  if (is_next) {
    disk.somebody_waits = false;
    wakeup(&disk.nfree);
  }
  if (!disk.broken) {
    request->done = false;
    /* The device may look at the ring at any time, so all of this is in memory
     * before the index that makes it visible: release. */
    uint16 index = disk.avail->index;
    disk.avail->ring[index % disk.queue_size] = make_chain(request);
    __atomic_store_n(&disk.avail->index, (uint16)(index + 1), __ATOMIC_RELEASE);
  }
  release(&disk.lock);
}

int disk_wait(struct disk_request *request)
{
  acquire(&disk.lock);
  while (!request->done) {
    notify();
    sleep(request, &disk.lock);
  }
  release(&disk.lock);
  return request->status;
}

int disk_io(enum disk_op op, uint blockno, uint8 *data)
{
  struct disk_request request = {
      .op = op, .blockno = blockno, .nblocks = data != NULL, .data = &data};
  disk_start(&request);
  return disk_wait(&request);
}

/* Of the device's features, accept those we know. NULL, or what is wrong. */
static const char *negotiate(void)
{
  uint64 known = VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_BLK_SIZE;

  /* FEATURES_OK, and features beyond the first 32, came with version 2. No
   * IOMMU is between memory and a device that is not on PCI. */
  if (!disk.legacy)
    known |= VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM;

  disk.features = 0;
  for (uint32 half = 0; half < 2; half++) {
    set_register(VIRTIO_DEVICE_FEATURES_SEL, half);
    set_register(VIRTIO_DRIVER_FEATURES_SEL, half);
    uint32 both = get_register(VIRTIO_DEVICE_FEATURES) & known >> 32 * half;
    set_register(VIRTIO_DRIVER_FEATURES, both);
    disk.features |= (uint64)both << 32 * half;
  }
  if (disk.legacy)
    return NULL;
  if (!(disk.features & VIRTIO_F_VERSION_1))
    return "virtio device: version 2 without the feature";
  add_status(VIRTIO_STATUS_FEATURES_OK);
  return get_register(VIRTIO_STATUS) & VIRTIO_STATUS_FEATURES_OK
             ? NULL
             : "virtio device: refuses the features it offers";
}

static void set_address(uint64 low_register, const void *part)
{
  set_register(low_register, (uint32)(uint64)part);
  set_register(low_register + 4, (uint32)((uint64)part >> 32));
}

/* Learn the size of the disk, lay out the queue and let the device run. NULL,
 * or what is wrong. */
static const char *start(void)
{
  /* A request that is not made of whole sectors would be an error. */
  if ((disk.features & VIRTIO_BLK_F_BLK_SIZE) &&
      get_register(VIRTIO_CONFIG + VIRTIO_BLK_BLK_SIZE) > BSIZE)
    return "virtio device: its sectors are larger than a block (BSIZE)";

  /* Were the disk resized between the two reads, past 2 TiB, the size would be
   * wrong; but the device looks at the range of each request itself. */
  uint64 sectors = get_register(VIRTIO_CONFIG + VIRTIO_BLK_CAPACITY) |
                   (uint64)get_register(VIRTIO_CONFIG + VIRTIO_BLK_CAPACITY + 4)
                       << 32;
  disk.nblocks = sectors / (BSIZE / DISK_SECTOR);

  /* The device may take fewer descriptors than we have, a power of two. */
  set_register(VIRTIO_QUEUE_SEL, 0);
  uint32 max = get_register(VIRTIO_QUEUE_NUM_MAX);
  disk.queue_size = QUEUE_SIZE;
  while (disk.queue_size > max)
    disk.queue_size /= 2;
  if (disk.queue_size <= BESIDE_DATA)
    return "virtio device: its queue is too short";
  disk.nfree = disk.queue_size;
  disk.desc = (struct virtq_desc *)queue[0];
  disk.avail = (struct virtq_avail *)&disk.desc[disk.queue_size];
  disk.used = (struct virtq_used *)queue[1];
  for (uint i = 0; i < disk.queue_size; i++)
    disk.desc[i].next = (uint16)(i + 1);

  /* A legacy device is told the number of the page, and finds the rings. */
  set_register(VIRTIO_QUEUE_NUM, disk.queue_size);
  if (disk.legacy) {
    set_register(VIRTIO_GUEST_PAGE_SIZE, VIRTIO_QUEUE_ALIGNMENT);
    set_register(VIRTIO_QUEUE_ALIGN, VIRTIO_QUEUE_ALIGNMENT);
    set_register(VIRTIO_QUEUE_PFN,
                 (uint32)((uint64)disk.desc / VIRTIO_QUEUE_ALIGNMENT));
  } else {
    set_address(VIRTIO_QUEUE_DESC_LOW, disk.desc);
    set_address(VIRTIO_QUEUE_DRIVER_LOW, disk.avail);
    set_address(VIRTIO_QUEUE_DEVICE_LOW, disk.used);
    set_register(VIRTIO_QUEUE_READY, 1);
  }
  io_fence();
  add_status(VIRTIO_STATUS_DRIVER_OK);
  return NULL;
}

const char *disk_init(void)
{
  int i = 0;

  /* A slot without a device has the identification 0. */
  for (; i < VIRTIO_NSLOT; i++) {
    disk.base = VIRTIO0 + i * VIRTIO_STRIDE;
    uint32 version = get_register(VIRTIO_VERSION);
    disk.legacy = version == VIRTIO_VERSION_LEGACY;
    if (get_register(VIRTIO_MAGIC) == VIRTIO_MAGIC_VALUE &&
        (disk.legacy || version == VIRTIO_VERSION_MODERN) &&
        get_register(VIRTIO_DEVICE_ID) == VIRTIO_DEVICE_BLOCK)
      break;
  }
  if (i == VIRTIO_NSLOT)
    return "no disk (virtio-blk-device)";

  /* virtio 1.1, Device Initialization: the device is reset and told in STATUS
   * how far its driver has come. DRIVER_OK lets it run, FAILED ends it. */
  if (!reset())
    return "virtio device: does not reset";
  plic_handle(VIRTIO0_IRQ + i, interrupt);
  add_status(VIRTIO_STATUS_ACKNOWLEDGE);
  add_status(VIRTIO_STATUS_DRIVER);

  const char *problem = negotiate();
  if (problem == NULL)
    problem = start();
  if (problem != NULL)
    add_status(VIRTIO_STATUS_FAILED);
  return problem;
}
