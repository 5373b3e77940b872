/* An image file as memory: what is written to a private mapping goes to the
 * file only on demand, and a file that is shorter than its disk reads as zeros
 * from its end on. */
#include "mkfs/mapping.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "mkfs/layout.h"

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

/* Write a block if the file has something else there. */
static int save_block(const struct mapping *mapping, const struct disk *disk,
                      uint blockno)
{
  uchar old[BSIZE];
  off_t at = (off_t)blockno * BSIZE;
  const uchar *bytes = disk_block(disk, blockno);
  ssize_t got = pread(mapping->fd, old, BSIZE, at);
  if (got < 0)
    return -1;
  if (got == BSIZE && memcmp(old, bytes, BSIZE) == 0)
    return 0;
  return write_all(mapping->fd, bytes, BSIZE, at);
}

/* Free blocks hold nothing: a large image with holes is not read for them. */
const char *mapping_save(const struct mapping *mapping)
{
  struct disk disk = {.bytes = mapping->bytes};
  size_t whole = (size_t)mapping->nblocks * BSIZE;
  memcpy(&disk.super, disk_block(&disk, SUPER_BLOCK), sizeof(disk.super));
  if (whole > mapping->file_bytes && ftruncate(mapping->fd, whole) < 0)
    return strerror(errno);
  for (uint blockno = 0; blockno < disk.super.size; blockno++) {
    if (disk_is_marked(&disk, blockno) &&
        save_block(mapping, &disk, blockno) < 0)
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
