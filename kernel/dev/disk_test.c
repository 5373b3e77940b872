/* The disk driver against a virtio device of our own, which can also lie. The
 * device works whenever the driver sleeps. Each case is a child process, with a
 * driver as at boot. */
#include "dev/disk.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#define sleep unix_sleep /* which is not the kernel's */
#include <unistd.h>
#undef sleep
#include "dev/plic.h"
#include "dev/virtio.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "sync/wait.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

#define BLOCKS 128
#define SECTORS (BLOCKS * BSIZE / DISK_SECTOR)
#define SLOT 3 /* where the device is */
#define BASE (VIRTIO0 + SLOT * 0x1000)
#define FEATURE_UNKNOWN (1UL << 20)

static struct {
  /* How it behaves. */
  uint32 queue_max;
  uint64 features;
  uint32 block_size;
  uint64 sectors;
  bool absent;
  bool does_not_reset;
  bool refuses_features;
  enum {
    HONEST,
    REPORTS_ERROR,
    LEAVES_STATUS,
    RETURNS_RUBBISH,
    RETURNS_TWICE,
    RUNS_AHEAD,
    WANTS_RESET,
  } manner;

  /* What it is told, and has. */
  uint32 status, features_half, interrupt_status;
  uint64 accepted;
  uint32 queue_size;
  uint64 desc, avail, used;
  uint16 avail_seen;
  uint16 notified; /* the available index when it was last notified */
  uint notifications;
  uint most_in_flight;
  uint flushes;
  uint8 data[SECTORS * DISK_SECTOR];
} device;

static irq_handler handler;
static int handled_irq;

void plic_handle(int irq, irq_handler function)
{
  handled_irq = irq;
  handler = function;
}

uint32 mmio_read32(uint64 address);
void mmio_write32(uint64 address, uint32 value);

static uint32 read_register(uint64 offset)
{
  switch (offset) {
  case VIRTIO_MAGIC:
    return VIRTIO_MAGIC_VALUE;
  case VIRTIO_VERSION:
    return VIRTIO_VERSION_MODERN;
  case VIRTIO_DEVICE_ID:
    return VIRTIO_DEVICE_BLOCK;
  case VIRTIO_DEVICE_FEATURES:
    return (uint32)(device.features >> (32 * device.features_half));
  case VIRTIO_QUEUE_NUM_MAX:
    return device.queue_max;
  case VIRTIO_STATUS:
    return device.status;
  case VIRTIO_INTERRUPT_STATUS:
    return device.interrupt_status;
  case VIRTIO_CONFIG + VIRTIO_BLK_CAPACITY:
    return (uint32)device.sectors;
  case VIRTIO_CONFIG + VIRTIO_BLK_CAPACITY + 4:
    return (uint32)(device.sectors >> 32);
  case VIRTIO_CONFIG + VIRTIO_BLK_BLK_SIZE:
    return device.block_size;
  default:
    return 0;
  }
}

uint32 mmio_read32(uint64 address)
{
  if (device.absent || address / 0x1000 != BASE / 0x1000)
    return 0;
  return read_register(address - BASE);
}

static void set_half(uint64 *value, uint64 offset, uint32 half)
{
  int shift = offset % 8 == 0 ? 0 : 32;
  *value = (*value & ~(0xFFFFFFFFUL << shift)) | (uint64)half << shift;
}

void mmio_write32(uint64 address, uint32 value)
{
  uint64 offset = address - BASE;

  switch (offset) {
  case VIRTIO_DEVICE_FEATURES_SEL:
  case VIRTIO_DRIVER_FEATURES_SEL:
    device.features_half = value;
    break;
  case VIRTIO_DRIVER_FEATURES:
    set_half(&device.accepted, device.features_half ? 4 : 0, value);
    break;
  case VIRTIO_STATUS:
    if (device.refuses_features)
      value &= ~(uint32)VIRTIO_STATUS_FEATURES_OK;
    if (value != 0 || !device.does_not_reset)
      device.status = value;
    break;
  case VIRTIO_QUEUE_NUM:
    device.queue_size = value;
    break;
  case VIRTIO_QUEUE_DESC_LOW:
  case VIRTIO_QUEUE_DESC_LOW + 4:
    set_half(&device.desc, offset, value);
    break;
  case VIRTIO_QUEUE_DRIVER_LOW:
  case VIRTIO_QUEUE_DRIVER_LOW + 4:
    set_half(&device.avail, offset, value);
    break;
  case VIRTIO_QUEUE_DEVICE_LOW:
  case VIRTIO_QUEUE_DEVICE_LOW + 4:
    set_half(&device.used, offset, value);
    break;
  case VIRTIO_QUEUE_NOTIFY:
    device.notified = ((const struct virtq_avail *)device.avail)->index;
    device.notifications++;
    break;
  case VIRTIO_INTERRUPT_ACK:
    device.interrupt_status &= ~value;
    break;
  }
}

static void *at(uint64 address)
{
  return (void *)address;
}

/* Do what the chain from head asks for; the status that it gets. */
static uint8 perform(const struct virtq_desc *desc, uint32 head)
{
  const struct virtio_blk_header *header = at(desc[head].address);
  const struct virtq_desc *data = &desc[desc[head].next];
  uint8 *sectors = device.data + header->sector * DISK_SECTOR;

  CHECK_EQ(desc[head].nbytes, sizeof(*header));
  if (header->type == VIRTIO_BLK_T_FLUSH)
    device.flushes++;
  for (; data->flags & VIRTQ_DESC_NEXT; data = &desc[data->next]) {
    if (header->type == VIRTIO_BLK_T_IN) {
      CHECK_EQ(data->flags, VIRTQ_DESC_NEXT | VIRTQ_DESC_WRITE);
      memcpy(at(data->address), sectors, data->nbytes);
    } else {
      CHECK_EQ(header->type, VIRTIO_BLK_T_OUT);
      CHECK_EQ(data->flags, VIRTQ_DESC_NEXT);
      memcpy(sectors, at(data->address), data->nbytes);
    }
    sectors += data->nbytes;
  }
  return device.manner == REPORTS_ERROR ? 1 : VIRTIO_BLK_S_OK;
}

static void put_used(uint32 head)
{
  struct virtq_used *used = at(device.used);

  used->ring[used->index % device.queue_size].head = head;
  used->index++;
}

static void serve(uint32 head)
{
  const struct virtq_desc *desc = at(device.desc);
  uint8 status = perform(desc, head);
  uint32 last = head;

  while (desc[last].flags & VIRTQ_DESC_NEXT)
    last = desc[last].next;
  CHECK_EQ(desc[last].flags, VIRTQ_DESC_WRITE);
  if (device.manner != LEAVES_STATUS)
    *(uint8 *)at(desc[last].address) = status;

  put_used(device.manner == RETURNS_RUBBISH ? 0xFFFFFFF0 : head);
  if (device.manner == RETURNS_TWICE)
    put_used(head);
}

/* Let the device work off what it was given, and interrupt. */
static void device_run(void)
{
  const struct virtq_avail *avail = at(device.avail);
  uint16 todo = (uint16)(avail->index - device.avail_seen);

  if (todo > device.most_in_flight)
    device.most_in_flight = todo;
  CHECK_EQ(device.notified, avail->index);
  if (device.manner == WANTS_RESET) {
    device.status |= VIRTIO_STATUS_NEEDS_RESET;
    device.interrupt_status |= VIRTIO_INTERRUPT_CONFIG;
  } else {
    for (; device.avail_seen != avail->index; device.avail_seen++)
      serve(avail->ring[device.avail_seen % device.queue_size]);
    if (device.manner == RUNS_AHEAD)
      ((struct virtq_used *)at(device.used))->index += 1000;
    device.interrupt_status |= 1;
  }
  handler();
}

void sleep(const void *channel, struct spinlock *lock)
{
  (void)channel;
  release(lock);
  device_run();
  acquire(lock);
}

void wakeup(const void *channel)
{
  (void)channel;
}

static void start_device(void)
{
  device.queue_max = 1024;
  device.sectors = SECTORS;
  device.features = VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM |
                    VIRTIO_BLK_F_FLUSH | FEATURE_UNKNOWN;
}

/* Run a case in a child, on a device that is well. */
static void in_child(void (*body)(void))
{
  int status = 0;

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    start_device();
    body();
    CHECK_EQ(spinlocks_held(), 0);
    fflush(stdout);
    _exit(check_failures_here != 0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_EQ(status, 0);
}

#define CASE(name)                                                             \
  static void name##_body(void);                                               \
  static void name(void)                                                       \
  {                                                                            \
    in_child(name##_body);                                                     \
  }                                                                            \
  static void name##_body(void)

CASE(test_init)
{
  CHECK(disk_init() == NULL);
  CHECK_EQ(handled_irq, VIRTIO0_IRQ + SLOT);
  CHECK_EQ(disk_blocks(), BLOCKS);
  CHECK(!disk_read_only());
  CHECK(device.accepted ==
        (VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_BLK_F_FLUSH));
  CHECK_EQ(device.status, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
                              VIRTIO_STATUS_FEATURES_OK |
                              VIRTIO_STATUS_DRIVER_OK);
}

/* Whether disk_init fails and says this. */
static bool refused(const char *why)
{
  const char *problem = disk_init();
  return problem != NULL && strstr(problem, why) != NULL;
}

CASE(test_refused)
{
  device.absent = true;
  CHECK(refused("no disk"));
  device.absent = false;
  device.refuses_features = true;
  CHECK(refused("refuses the features"));
  CHECK(device.status & VIRTIO_STATUS_FAILED);
  device.does_not_reset = true;
  CHECK(refused("does not reset"));
  device.does_not_reset = false;
  device.refuses_features = false;
  device.features = VIRTIO_BLK_F_FLUSH;
  CHECK(refused("without the feature"));
  start_device();
  device.queue_max = 0;
  CHECK(refused("queue is too short"));
  start_device();
  device.features |= VIRTIO_BLK_F_BLK_SIZE;
  device.block_size = 2 * BSIZE;
  CHECK(refused("larger than a block"));
  device.block_size = BSIZE;
  CHECK(disk_init() == NULL);
}

CASE(test_read_and_write)
{
  static uint8 out[BSIZE], in[BSIZE];

  CHECK(disk_init() == NULL);
  memset(out, 0xA5, sizeof(out));
  CHECK_EQ(disk_io(DISK_WRITE, 8, out), 0);
  CHECK(memcmp(device.data + 8 * BSIZE, out, sizeof(out)) == 0);
  CHECK_EQ(disk_io(DISK_READ, 8, in), 0);
  CHECK(memcmp(in, out, sizeof(in)) == 0);
  CHECK_EQ(disk_io(DISK_FLUSH, 0, NULL), 0);
  CHECK_EQ(device.flushes, 1);
}

CASE(test_no_flush)
{
  device.features = VIRTIO_F_VERSION_1;
  CHECK(disk_init() == NULL);
  CHECK_EQ(disk_io(DISK_FLUSH, 0, NULL), 0);
  CHECK_EQ(device.flushes, 0);
}

CASE(test_range)
{
  static uint8 data[BSIZE], *where[] = {data, data};

  device.sectors = SECTORS - 1; /* the last block is not whole */
  CHECK(disk_init() == NULL);
  CHECK_EQ(disk_io(DISK_READ, BLOCKS - 2, data), 0);
  CHECK_EQ(disk_io(DISK_READ, BLOCKS - 1, data), -1);
  CHECK_EQ(disk_io(DISK_WRITE, BLOCKS - 1, data), -1);
  CHECK_EQ(disk_io(DISK_READ, ~(uint)0, data), -1);
  struct disk_request run = {
      .op = DISK_READ, .blockno = BLOCKS - 2, .nblocks = 2, .data = where};
  disk_start(&run);
  CHECK_EQ(disk_wait(&run), -1);
}

CASE(test_read_only)
{
  static uint8 data[BSIZE];

  device.features |= VIRTIO_BLK_F_RO;
  CHECK(disk_init() == NULL);
  CHECK(disk_read_only());
  CHECK_EQ(disk_io(DISK_WRITE, 0, data), -1);
  CHECK_EQ(disk_io(DISK_READ, 0, data), 0);
}

/* More requests than the ring holds, all started before one is waited for. */
static void check_many(uint32 queue_max, uint fit)
{
  static struct disk_request requests[BLOCKS];
  static uint8 data[BLOCKS][BSIZE], *where[BLOCKS];

  device.queue_max = queue_max;
  CHECK(disk_init() == NULL);
  for (uint i = 0; i < BLOCKS; i++) {
    memset(data[i], (int)i, BSIZE);
    where[i] = data[i];
    requests[i] = (struct disk_request){
        .op = DISK_WRITE, .blockno = i, .nblocks = 1, .data = &where[i]};
    disk_start(&requests[i]);
  }
  for (uint i = 0; i < BLOCKS; i++) {
    CHECK_EQ(disk_wait(&requests[i]), 0);
    CHECK_EQ(device.data[i * BSIZE], i);
  }
  CHECK_EQ(device.most_in_flight, fit);
}

CASE(test_many)
{
  check_many(1024, 42);
}

CASE(test_many_in_short_queue)
{
  check_many(8, 2);
}

/* Write, and read back, requests of several blocks that are anywhere in memory,
 * over and over, so that descriptors come back in another order. */
static void check_runs(uint32 queue_max)
{
  static uint8 data[BLOCKS][BSIZE], *where[BLOCKS];
  static struct disk_request requests[BLOCKS];

  device.queue_max = queue_max;
  CHECK(disk_init() == NULL);
  CHECK_EQ(disk_most_blocks(), min_u64(queue_max, 128) - 2);
  for (uint i = 0; i < BLOCKS; i++)
    where[i] = data[i * 37 % BLOCKS];
  for (uint round = 0; round < 10; round++) {
    uint nrequests = 0, length;
    enum disk_op op = round % 2 ? DISK_READ : DISK_WRITE;
    for (uint i = 0; i < BLOCKS; i++)
      memset(where[i], op == DISK_WRITE ? (int)(i + round) : 0, BSIZE);
    for (uint i = 0; i < BLOCKS; i += length) {
      length = 1 + i * (round + 3) % disk_most_blocks();
      length = min_u64(length, BLOCKS - i);
      requests[nrequests] = (struct disk_request){
          .op = op, .blockno = i, .nblocks = length, .data = &where[i]};
      disk_start(&requests[nrequests++]);
    }
    while (nrequests > 0)
      CHECK_EQ(disk_wait(&requests[--nrequests]), 0);
    for (uint i = 0; i < BLOCKS; i++) {
      CHECK_EQ(device.data[i * BSIZE + i], (i + round - round % 2) % 256);
      CHECK_EQ(where[i][i], device.data[i * BSIZE + i]);
    }
  }
}

CASE(test_runs)
{
  check_runs(1024);
}

CASE(test_runs_in_short_queue)
{
  check_runs(8);
}

/* The device is notified together of requests that nobody waits for yet. */
CASE(test_notified_at_once)
{
  static uint8 data[BSIZE], *where = data;
  struct disk_request requests[] = {
      {.op = DISK_WRITE, .nblocks = 1, .data = &where},
      {.op = DISK_FLUSH},
      {.op = DISK_READ, .nblocks = 1, .data = &where},
  };

  CHECK(disk_init() == NULL);
  for (uint i = 0; i < ARRAY_LEN(requests); i++)
    disk_start(&requests[i]);
  CHECK_EQ(device.notifications, 0);
  for (uint i = 0; i < ARRAY_LEN(requests); i++)
    CHECK_EQ(disk_wait(&requests[i]), 0);
  CHECK_EQ(device.notifications, 1);
  CHECK_EQ(disk_io(DISK_READ, 0, data), 0);
  CHECK_EQ(device.notifications, 2);
}

CASE(test_device_errors)
{
  static uint8 data[BSIZE];

  CHECK(disk_init() == NULL);
  device.manner = REPORTS_ERROR;
  CHECK_EQ(disk_io(DISK_READ, 0, data), -1);
  CHECK_EQ(disk_io(DISK_FLUSH, 0, NULL), -1);
  device.manner = LEAVES_STATUS;
  CHECK_EQ(disk_io(DISK_READ, 0, data), -1);
  device.manner = HONEST;
  CHECK_EQ(disk_io(DISK_READ, 0, data), 0);
}

/* Two requests in flight at a device that begins to behave like this: both
 * end, the device is stopped, and later requests fail at once. */
static void check_given_up(int manner, int first_status)
{
  static uint8 data[2][BSIZE], *where[2] = {data[0], data[1]};
  struct disk_request requests[2];

  CHECK(disk_init() == NULL);
  for (int i = 0; i < 2; i++) {
    requests[i] =
        (struct disk_request){.op = DISK_READ, .nblocks = 1, .data = &where[i]};
    disk_start(&requests[i]);
  }
  device.manner = manner;
  CHECK_EQ(disk_wait(&requests[0]), first_status);
  CHECK_EQ(disk_wait(&requests[1]), first_status);
  CHECK_EQ(device.status, 0);
  CHECK(strstr(printed(), "given up") != NULL);
  CHECK_EQ(disk_io(DISK_READ, 0, data[0]), -1);
  CHECK_EQ(disk_io(DISK_FLUSH, 0, NULL), -1);
  handler();
}

CASE(test_rubbish_returned)
{
  check_given_up(RETURNS_RUBBISH, -1);
}

CASE(test_index_runs_ahead)
{
  check_given_up(RUNS_AHEAD, 0);
}

CASE(test_reset_wanted)
{
  check_given_up(WANTS_RESET, -1);
}

/* A device that cannot be stopped is given up all the same. */
CASE(test_does_not_stop)
{
  static uint8 data[BSIZE];

  CHECK(disk_init() == NULL);
  device.manner = RETURNS_RUBBISH;
  device.does_not_reset = true;
  CHECK_EQ(disk_io(DISK_READ, 0, data), -1);
  CHECK(strstr(printed(), "does not stop") != NULL);
  CHECK_EQ(disk_io(DISK_READ, 0, data), -1);
}

/* The first request is returned twice before the second is returned once. */
CASE(test_returned_twice)
{
  static uint8 data[BSIZE];

  CHECK(disk_init() == NULL);
  device.manner = RETURNS_TWICE;
  CHECK_EQ(disk_io(DISK_READ, 0, data), 0);
  CHECK_EQ(device.status, 0);
  CHECK_EQ(disk_io(DISK_READ, 0, data), -1);
}

int main(void)
{
  RUN(test_init);
  RUN(test_refused);
  RUN(test_read_and_write);
  RUN(test_no_flush);
  RUN(test_range);
  RUN(test_read_only);
  RUN(test_many);
  RUN(test_many_in_short_queue);
  RUN(test_runs);
  RUN(test_runs_in_short_queue);
  RUN(test_notified_at_once);
  RUN(test_device_errors);
  RUN(test_rubbish_returned);
  RUN(test_index_runs_ahead);
  RUN(test_reset_wanted);
  RUN(test_does_not_stop);
  RUN(test_returned_twice);
  return check_result();
}
