/* Requests that their caller waits for at once. */
#include "dev/disk.h"

static int run(enum disk_op op, uint64 offset, void *data, uint64 nbytes)
{
  struct disk_request request = {
      .op = op, .offset = offset, .data = data, .nbytes = nbytes};

  disk_start(&request);
  return disk_wait(&request);
}

int disk_read(uint64 offset, void *data, uint64 nbytes)
{
  return run(DISK_READ, offset, data, nbytes);
}

int disk_write(uint64 offset, const void *data, uint64 nbytes)
{
  return run(DISK_WRITE, offset, (void *)data, nbytes);
}

int disk_flush(void)
{
  return run(DISK_FLUSH, 0, NULL, 0);
}
