#include "mkfs/mapping.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "mkfs/layout.h"

/* Bytes that are compared with the file at once. */
#define CHUNK (64 * BSIZE)

/* The blocks that the image should have, as far as its superblock can be
 * believed. */
static uint64 wanted_blocks(const struct mapping *mapping)
{
  struct superblock super;
  off_t at = SUPER_BLOCK * BSIZE;
  if (pread(mapping->fd, &super, sizeof(super), at) != sizeof(super))
    return mapping->image_blocks;
  return layout_extent(&super, mapping->image_blocks);
}

/* Zeros for all blocks, and the file over the first of them. */
static int map(struct mapping *mapping)
{
  size_t whole = (size_t)mapping->nblocks * BSIZE;
  size_t present = (size_t)mapping->image_blocks * BSIZE;
  if (whole == 0)
    return 0;
  int access = PROT_READ | PROT_WRITE;
  void *bytes = mmap(NULL, whole, access,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED)
    return -1;
  mapping->bytes = bytes;
  if (present == 0)
    return 0;
  bytes = mmap(bytes, present, access, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
               mapping->fd, 0);
  return bytes == MAP_FAILED ? -1 : 0;
}

const char *mapping_open(struct mapping *mapping, const char *path,
                         bool writable)
{
  *mapping = (struct mapping){.path = path};
  mapping->fd = open(path, writable ? O_RDWR : O_RDONLY);
  if (mapping->fd < 0)
    return strerror(errno);
  off_t end = lseek(mapping->fd, 0, SEEK_END);
  if (end >= 0) {
    mapping->file_bytes = end;
    mapping->image_blocks = mapping->file_bytes / BSIZE;
    mapping->nblocks = wanted_blocks(mapping);
    if (map(mapping) == 0)
      return NULL;
  }
  const char *problem = strerror(errno);
  mapping_close(mapping);
  return problem;
}

static int write_all(int fd, const uchar *bytes, size_t nbytes, off_t at)
{
  while (nbytes > 0) {
    ssize_t written = pwrite(fd, bytes, nbytes, at);
    if (written < 0)
      return -1;
    bytes += written;
    nbytes -= written;
    at += written;
  }
  return 0;
}

/* Write a part if the file has something else there. */
static int save_part(const struct mapping *mapping, size_t at, size_t nbytes)
{
  uchar old[CHUNK];
  const uchar *bytes = mapping->bytes + at;
  ssize_t got = pread(mapping->fd, old, nbytes, at);
  if (got < 0)
    return -1;
  if ((size_t)got == nbytes && memcmp(old, bytes, nbytes) == 0)
    return 0;
  return write_all(mapping->fd, bytes, nbytes, at);
}

const char *mapping_save(const struct mapping *mapping)
{
  size_t whole = (size_t)mapping->nblocks * BSIZE;
  if (whole > mapping->file_bytes && ftruncate(mapping->fd, whole) < 0)
    return strerror(errno);
  for (size_t at = 0; at < whole; at += CHUNK) {
    size_t part = whole - at < CHUNK ? whole - at : CHUNK;
    if (save_part(mapping, at, part) < 0)
      return strerror(errno);
  }
  return fsync(mapping->fd) < 0 ? strerror(errno) : NULL;
}

void mapping_close(struct mapping *mapping)
{
  if (mapping->bytes)
    munmap(mapping->bytes, mapping->nblocks * BSIZE);
  close(mapping->fd);
}
