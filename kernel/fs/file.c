/* The table of open files, and the operations on one: here read and write go to
 * a file of the disk (fs/inode.h), to a driver (console.c, counters.c), or to a
 * pipe (pipe.c). Read fs/inode.h and fs/log.h before. */
#include "fs/file.h"
#include "fs/dir.h"
#include "fs/super.h"
#include "kernel/fcntl.h"
#include "lib/panic.h"

/* No lock guards it: whoever makes refs 1 of 0 has the entry. */
static struct file table[NFILE];

/* The drivers, by major number; what a minor number means is theirs to say. A
 * number without functions has no driver. To add one, write its two functions
 * and give it a line here and a number in kernel/file.h. */
static const struct device {
  int (*read)(short minor, struct uio uio, int nbytes);
  int (*write)(short minor, struct uio uio, int nbytes);
} devices[NDEV] = {
    [CONSOLE] = {console_read, console_write},
    [STATS] = {counters_read, counters_write},
};

struct file *filealloc(void)
{
  /* Each hart begins elsewhere, so that they do not meet. */
  uint at = HART_FIELD(index) * (NFILE / NCPU);
  for (uint i = 0; i < NFILE; i++, at = at + 1 < NFILE ? at + 1 : 0) {
    struct file *file = &table[at];
    uint refs = __atomic_load_n(&file->refs, __ATOMIC_RELAXED);
    if (refs == 0 &&
        __atomic_compare_exchange_n(&file->refs, &refs, 1, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      file->kind = FILE_INODE;
      file->readable = file->writable = false;
      file->inode = NULL;
      file->offset = 0;
      return file;
    }
  }
  return NULL;
}

struct file *fileopen(struct inode *cwd, const char *path, int mode)
{
  /* The entry comes first, so that no file is created that cannot be opened. */
  struct file *file = filealloc();
  if (!file)
    return NULL;
  struct inode *inode =
      mode & O_CREATE ? create(cwd, path, T_FILE, 0, 0) : namei(cwd, path);
  file->inode = inode;
  if (!inode || iload(inode) < 0)
    goto close;

  short type = inode->disk.type;
  bool allowed = type != T_DIR || mode == O_RDONLY;
  if (type == T_DEVICE) {
    file->kind = FILE_DEVICE;
    file->major = inode->disk.major;
    file->minor = inode->disk.minor;
    allowed = file->major >= 0 && file->major < NDEV &&
              devices[file->major].read != NULL;
  }
  file->readable = !(mode & O_WRONLY);
  file->writable = (mode & (O_WRONLY | O_RDWR)) != 0;
  /* To empty a file takes transactions, which begin with nothing locked. */
  if (allowed && (mode & O_TRUNC) && type == T_FILE)
    allowed = itrunc(inode) == 0;
  if (allowed)
    return file;
close:
  fileclose(file);
  return NULL;
}

struct file *filedup(struct file *file)
{
  uint before = __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);
  assert(before > 0);
  return file;
}

void fileclose(struct file *file)
{
  /* Once refs is 0 the entry may be another file's: go on with a copy. */
  struct file closed = *file;
  uint before = __atomic_fetch_sub(&file->refs, 1, __ATOMIC_ACQ_REL);
  assert(before > 0);
  if (before > 1)
    return;
  if (closed.kind == FILE_PIPE)
    pipeclose(closed.pipe, closed.writable);
  else
    iput(closed.inode);
}

uint files_open(void)
{
  uint count = 0;
  for (const struct file *file = table; file < table + NFILE; file++)
    count += __atomic_load_n(&file->refs, __ATOMIC_RELAXED) > 0;
  return count;
}

int filestat(struct file *file, struct stat *stat)
{
  struct inode *inode = file->inode;
  if (file->kind == FILE_PIPE || ilock(inode) < 0)
    return -1;
  *stat = (struct stat){.dev = ROOTDEV,
                        .ino = inode->entry.number,
                        .type = inode->disk.type,
                        .nlink = inode->disk.nlink,
                        .size = inode->disk.size};
  iunlock(inode);
  return 0;
}

int fileread(struct file *file, struct uio uio, int nbytes)
{
  if (!file->readable || nbytes < 0)
    return -1;
  if (file->kind == FILE_PIPE)
    return piperead(file->pipe, uio, nbytes);
  if (file->kind == FILE_DEVICE)
    return devices[file->major].read(file->minor, uio, nbytes);

  /* The lock covers the position as well: two processes that share the file
   * get different bytes, and write one behind the other. */
  if (ilock(file->inode) < 0)
    return -1;
  int done = readi(file->inode, uio, file->offset, nbytes);
  if (done > 0)
    file->offset += done;
  iunlock(file->inode);
  return done;
}

/* The blocks that a write of nbytes reserves in the log. Wherever they begin,
 * nbytes lie in at most touched blocks, each of which may be new, with its bit
 * in a bitmap block. WRITE_BLOCKS comes on top: it is what writei wants to have
 * left when it begins the last of them. A write larger than the log is split,
 * in steps of half a log, so that others can begin as well. */
static uint write_blocks(uint nbytes)
{
  uint touched = (nbytes + BSIZE - 2) / BSIZE + 1;
  uint bitmaps = min_u64(touched + 1, super_bitmaps());
  uint all = WRITE_BLOCKS + touched + bitmaps;
  return all <= log_room() ? all : max_u64(WRITE_BLOCKS, log_room() / 2);
}

int filewrite(struct file *file, struct uio uio, int nbytes)
{
  if (!file->writable || nbytes < 0)
    return -1;
  if (file->kind == FILE_PIPE)
    return pipewrite(file->pipe, uio, nbytes);
  if (file->kind == FILE_DEVICE)
    return devices[file->major].write(file->minor, uio, nbytes);

  /* All of it, or -1: the position is then after what could be written. Each
   * turn is one transaction, which is begun before the inode is locked, since
   * to begin may wait for others to end theirs. */
  int done = 0;
  while (done < nbytes) {
    struct transaction tx;
    int step = -1;
    if (begin_op(&tx, write_blocks(nbytes - done)) < 0)
      return -1;
    if (ilock(file->inode) == 0) {
      step = writei(&tx, file->inode, uio, done, file->offset, nbytes - done);
      if (step > 0)
        file->offset += step;
      iunlock(file->inode);
    }
    end_op(&tx);
    if (step <= 0)
      return -1;
    done += step;
  }
  return done;
}
