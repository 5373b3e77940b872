#include "tests/host/disk.h"
#include <stdlib.h>
#include <string.h>
#include "lib/panic.h"
#include "tests/host/stubs.h"

#define NOPS 3
#define NEVER 0xFFFFFFFF
#define WRITE_MAX 1024

struct step {
  enum disk_op op;
  uint64 offset, nbytes;
  uint8 data[WRITE_MAX];
};

static uint8 *disk, *trace_base;
static uint64 size;
static bool read_only, tracing;
static uint fail_after[NOPS]; /* requests that still succeed */
static bool fail_once;
static uint failures;
static void (*flush_hook)(void);
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
  flush_hook = NULL;
  host_disk_heal();
}

uint8 *host_disk_bytes(void)
{
  return disk;
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

uint64 host_trace_offset(uint step)
{
  return trace[step].offset;
}

static void remember(const struct disk_request *request)
{
  if (trace_length == trace_room) {
    trace_room = trace_room ? 2 * trace_room : 64;
    trace = realloc(trace, trace_room * sizeof(*trace));
  }
  struct step *step = &trace[trace_length++];
  assert(request->nbytes <= WRITE_MAX);
  *step = (struct step){
      .op = request->op, .offset = request->offset, .nbytes = request->nbytes};
  if (request->op == DISK_WRITE)
    memcpy(step->data, request->data, request->nbytes);
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
      memcpy(image + trace[i].offset, trace[i].data, trace[i].nbytes);
  }
}

static int perform(const struct disk_request *request)
{
  enum disk_op op = request->op;
  count[op]++;
  if (fail_after[op] != NEVER && fail_after[op]-- == 0) {
    fail_after[op] = fail_once ? NEVER : 0;
    failures++;
    return -1;
  }
  if (request->offset > size || request->nbytes > size - request->offset) {
    outside++;
    return -1;
  }
  if (op == DISK_WRITE && read_only)
    return -1;
  if (op == DISK_READ)
    memcpy(request->data, disk + request->offset, request->nbytes);
  if (op == DISK_WRITE)
    memcpy(disk + request->offset, request->data, request->nbytes);
  if (tracing && op != DISK_READ)
    remember(request);
  return 0;
}

const char *disk_init(void)
{
  return NULL;
}

uint64 disk_size(void)
{
  return size;
}

bool disk_read_only(void)
{
  return read_only;
}

void disk_start(struct disk_request *request)
{
  assert(spinlocks_held() == 0);
  assert(request->offset % DISK_SECTOR == 0);
  assert(request->nbytes % DISK_SECTOR == 0);
  request->done = false;
  if (++in_flight > most_in_flight)
    most_in_flight = in_flight;
}

int disk_wait(struct disk_request *request)
{
  assert(spinlocks_held() == 0 && !request->done);
  in_flight--;
  request->status = perform(request);
  request->done = true;
  return request->status;
}

static int transfer(enum disk_op op, uint64 offset, const void *data,
                    uint64 nbytes)
{
  struct disk_request request = {
      .op = op, .offset = offset, .data = (void *)data, .nbytes = nbytes};
  disk_start(&request);
  return disk_wait(&request);
}

int disk_read(uint64 offset, void *data, uint64 nbytes)
{
  return transfer(DISK_READ, offset, data, nbytes);
}

int disk_write(uint64 offset, const void *data, uint64 nbytes)
{
  return transfer(DISK_WRITE, offset, data, nbytes);
}

int disk_flush(void)
{
  int result = transfer(DISK_FLUSH, 0, NULL, 0);
  if (flush_hook)
    flush_hook();
  return result;
}
