/* The table of open files; reading and writing them. */
#include "fs/file.h"
#include "fs/openfile.h"
#include "fs/content.h"
#include "fs/pipe.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/string.h"

static struct spinlock table_lock = SPINLOCK_INIT("open files");
static struct file table[NFILE];
static const struct device *devices[NDEV];

void fileinit(void)
{
  memset(table, 0, sizeof(table));
}

void device_register(int major, const struct device *device)
{
  assert(major >= 0 && major < NDEV);
  devices[major] = device;
}

const struct device *device_find(short major)
{
  return major >= 0 && major < NDEV ? devices[major] : NULL;
}

struct file *filealloc(void)
{
  struct file *file = table;
  acquire(&table_lock);
  while (file < table + NFILE && file->refs > 0)
    file++;
  if (file < table + NFILE)
    *file = (struct file){.refs = 1};
  else
    file = NULL;
  release(&table_lock);
  return file;
}

void openfile_free(struct file *file)
{
  acquire(&table_lock);
  file->refs = 0;
  release(&table_lock);
}

struct file *filedup(struct file *file)
{
  acquire(&table_lock);
  assert(file->refs > 0);
  file->refs++;
  release(&table_lock);
  return file;
}

void fileclose(struct file *file)
{
  acquire(&table_lock);
  assert(file->refs > 0);
  struct file closed = *file;
  file->refs--;
  release(&table_lock);
  if (closed.refs > 1)
    return;
  if (closed.kind != FILE_PIPE)
    iput(closed.inode);
  else if (closed.writable)
    pipe_close_writer(closed.pipe);
  else
    pipe_close_reader(closed.pipe);
}

uint files_open(void)
{
  uint count = 0;
  acquire(&table_lock);
  for (const struct file *file = table; file < table + NFILE; file++)
    count += file->refs > 0;
  release(&table_lock);
  return count;
}

int filestat(struct file *file, struct stat *stat)
{
  if (file->kind == FILE_PIPE || ilock(file->inode) < 0)
    return -1;
  *stat = stati(file->inode);
  iunlock(file->inode);
  return 0;
}

static int read_inode(struct file *file, struct uio uio, uint nbytes)
{
  if (ilock(file->inode) < 0)
    return -1;
  int done = readi(file->inode, uio, file->offset, nbytes);
  if (done > 0)
    file->offset += done;
  iunlock(file->inode);
  return done;
}

/* The blocks to ask for. Whatever the offset, nbytes lie in at most touched
 * blocks; WRITE_BLOCKS counts the inode, and leaves writei, before the
 * last of them, the room that it wants to see. A write that the log can hold is
 * one transaction, so that no crash leaves half of it. A larger one is split,
 * in steps of half a log, so that others can begin as well. */
static uint write_room(uint nbytes)
{
  uint touched = (nbytes + BSIZE - 2) / BSIZE + 1;
  uint bitmaps = min_u64(touched + 1, super_bitmaps());
  uint all = WRITE_BLOCKS + touched + bitmaps;
  return all <= log_room() ? all : max_u64(WRITE_BLOCKS, log_room() / 2);
}

/* One transaction's part of a write, of the bytes from place + done. */
static int write_some(struct file *file, struct uio uio, uint done, uint nbytes)
{
  struct transaction tx;
  int result = -1;
  if (begin_op(&tx, write_room(nbytes)) < 0)
    return -1;
  if (ilock(file->inode) == 0) {
    result = writei(&tx, file->inode, uio, done, file->offset, nbytes);
    if (result > 0)
      file->offset += result;
    iunlock(file->inode);
  }
  end_op(&tx);
  return result;
}

/* All of it, or -1: the position is then after what could be written. */
static int write_inode(struct file *file, struct uio uio, uint nbytes)
{
  uint done = 0;
  while (done < nbytes) {
    int step = write_some(file, uio, done, nbytes - done);
    if (step <= 0)
      return -1;
    done += step;
  }
  return done;
}

int fileread(struct file *file, struct uio uio, int nbytes)
{
  if (!file->readable || nbytes < 0)
    return -1;
  switch (file->kind) {
  case FILE_INODE:
    return read_inode(file, uio, nbytes);
  case FILE_DEVICE:
    if (!file->device->read)
      return -1;
    return file->device->read(file->minor, uio, nbytes);
  case FILE_PIPE:
    return piperead(file->pipe, uio, nbytes);
  }
  return -1;
}

int filewrite(struct file *file, struct uio uio, int nbytes)
{
  if (!file->writable || nbytes < 0)
    return -1;
  switch (file->kind) {
  case FILE_INODE:
    return write_inode(file, uio, nbytes);
  case FILE_DEVICE:
    if (!file->device->write)
      return -1;
    return file->device->write(file->minor, uio, nbytes);
  case FILE_PIPE:
    return pipewrite(file->pipe, uio, nbytes);
  }
  return -1;
}
