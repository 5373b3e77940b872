#include "tests/host/disk.h"
#include <stdlib.h>
#include <string.h>
#include "kernel/fs.h"
#include "lib/panic.h"
#include "tests/host/stubs.h"

#define NOPS (DISK_FLUSH + 1)
#define NEVER 0xFFFFFFFF

struct step {
  enum disk_op op;
  uint blockno;
  uint8 data[BSIZE];
};

static uint8 *disk, *trace_base;
static uint64 size;
static bool read_only, tracing;
static uint fail_after[NOPS]; /* requests that still succeed */
static bool fail_once;
static uint failures;
static void (*flush_hook)(void), (*read_hook)(void);
static uint count[NOPS], outside, in_flight, most_in_flight;
static struct step *trace;
static uint trace_length, trace_room;

void host_disk_load(const void *bytes, uint64 nbytes)
{
  if (nbytes != size) {
    disk = realloc(disk, nbytes);
    trace_base = realloc(trace_base, nbytes);
  }
  memcpy(disk, bytes, nbytes);
  size = nbytes;
  read_only = tracing = false;
  memset(count, 0, sizeof(count));
  outside = failures = in_flight = most_in_flight = 0;
  flush_hook = read_hook = NULL;
  host_disk_heal();
}

uint8 *host_disk_bytes(void)
{
  return disk;
}

uint64 host_disk_size(void)
{
  return size;
}

static uint8 *at(uint8 *image, uint blockno)
{
  return image + (uint64)blockno * BSIZE;
}

void host_disk_set_read_only(bool value)
{
  read_only = value;
}

void host_disk_fail(enum disk_op op, uint after)
{
  fail_after[op] = after;
  fail_once = false;
}

void host_disk_fail_once(enum disk_op op, uint after)
{
  fail_after[op] = after;
  fail_once = true;
}

void host_disk_on_flush(void (*hook)(void))
{
  flush_hook = hook;
}

void host_disk_on_read(void (*hook)(void))
{
  read_hook = hook;
}

uint host_disk_failures(void)
{
  return failures;
}

void host_disk_heal(void)
{
  for (uint op = 0; op < NOPS; op++)
    fail_after[op] = NEVER;
}

uint host_disk_count(enum disk_op op)
{
  return count[op];
}

uint host_disk_outside(void)
{
  return outside;
}

uint host_disk_most_in_flight(void)
{
  uint most = most_in_flight;
  most_in_flight = in_flight;
  return most;
}

void host_trace_start(void)
{
  memcpy(trace_base, disk, size);
  trace_length = 0;
  tracing = true;
}

uint host_trace_length(void)
{
  return trace_length;
}

enum disk_op host_trace_op(uint step)
{
  return trace[step].op;
}

uint host_trace_block(uint step)
{
  return trace[step].blockno;
}

static void remember(enum disk_op op, uint blockno, const uint8 *data)
{
  if (trace_length == trace_room) {
    trace_room = trace_room ? 2 * trace_room : 64;
    trace = realloc(trace, trace_room * sizeof(*trace));
  }
  struct step *step = &trace[trace_length++];
  *step = (struct step){.op = op, .blockno = blockno};
  if (op == DISK_WRITE)
    memcpy(step->data, data, BSIZE);
}

void host_trace_crash(uint nsteps, uint seed, uint8 *image)
{
  uint lasting = nsteps;
  while (lasting > 0 && trace[lasting - 1].op != DISK_FLUSH)
    lasting--;
  memcpy(image, trace_base, size);
  srand(seed);
  for (uint i = 0; i < nsteps; i++) {
    bool arrives = i < lasting || seed == 0 || rand() % 2 == 0;
    if (trace[i].op == DISK_WRITE && arrives)
      memcpy(at(image, trace[i].blockno), trace[i].data, BSIZE);
  }
}

/* One block of a request, or a flush. */
static int perform(enum disk_op op, uint blockno, uint8 *data)
{
  count[op]++;
  if (fail_after[op] != NEVER && fail_after[op]-- == 0) {
    fail_after[op] = fail_once ? NEVER : 0;
    failures++;
    return -1;
  }
  if (blockno >= disk_blocks()) {
    outside++;
    return -1;
  }
  if (op == DISK_WRITE && read_only)
    return -1;
  if (op == DISK_READ)
    memcpy(data, at(disk, blockno), BSIZE);
  if (op == DISK_WRITE)
    memcpy(at(disk, blockno), data, BSIZE);
  if (tracing && op != DISK_READ)
    remember(op, blockno, data);
  return 0;
}

const char *disk_init(void)
{
  return NULL;
}

uint64 disk_blocks(void)
{
  return size / BSIZE;
}

uint disk_most_blocks(void)
{
  return 6; /* fewer than a group may have */
}

bool disk_read_only(void)
{
  return read_only;
}

void disk_start(struct disk_request *request)
{
  assert(spinlocks_held() == 0);
  assert(request->nblocks <= disk_most_blocks());
  request->done = false;
  if (++in_flight > most_in_flight)
    most_in_flight = in_flight;
}

int disk_wait(struct disk_request *request)
{
  assert(spinlocks_held() == 0 && !request->done);
  if (request->op == DISK_READ && read_hook)
    read_hook();
  in_flight--;
  request->status = 0;
  for (uint i = 0; i < request->nblocks || i == 0; i++) {
    uint8 *data = request->nblocks > 0 ? request->data[i] : NULL;
    if (perform(request->op, request->blockno + i, data) < 0)
      request->status = -1;
  }
  request->done = true;
  return request->status;
}

int disk_io(enum disk_op op, uint blockno, uint8 *data)
{
  struct disk_request request = {
      .op = op, .blockno = blockno, .nblocks = data != NULL, .data = &data};
  disk_start(&request);
  int result = disk_wait(&request);
  if (op == DISK_FLUSH && flush_hook)
    flush_hook();
  return result;
}
