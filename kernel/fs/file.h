/* Open files: what descriptors refer to, and what stands behind them. A file is
 * an inode with a position, a device, or one end of a pipe. The table of files
 * is shared by all processes: fork and dup give another reference to the same
 * file, with one position. Callers hold no spinlock and may sleep. */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "lib/base.h"
#include "arch/hart.h"
#include "kernel/file.h"
#include "kernel/riscv.h"
#include "kernel/stat.h"
#include "mm/copy.h"

struct inode;
struct pipe;

enum file_kind {
  FILE_INODE,
  FILE_DEVICE,
  FILE_PIPE,
};

/* All but refs and offset is fixed while the file is open. */
struct file {
  uint refs; /* 0: free. Changed by atomics only */
  enum file_kind kind;
  bool readable;
  bool writable;
  struct inode *inode; /* FILE_INODE, FILE_DEVICE: a reference */
  uint offset;         /* FILE_INODE: under the inode's lock */
  short major;         /* FILE_DEVICE */
  short minor;
  struct pipe *pipe; /* FILE_PIPE: one end of it */
} __attribute__((aligned(CACHE_LINE)));

/* A free entry of the table, with one reference, for the caller to fill in;
 * fileclose takes it back as it is, too. NULL if there is none. */
struct file *filealloc(void);

/* Open path with a mode of kernel/fcntl.h. NULL: no such file, no free entry,
 * a directory opened other than O_RDONLY (or with O_CREATE), a device without
 * a driver, or a disk error. */
struct file *fileopen(struct inode *cwd, const char *path, int mode);

/* One more reference, or one less; the last one closes the file. */
struct file *filedup(struct file *file);
void fileclose(struct file *file);

/* Read or write at the file's position and move it. The bytes done, which
 * may be fewer than nbytes; 0 at the end; -1 on any failure. A bad address
 * after k bytes of a pipe or the console gives k. nbytes < 0 gives -1. A write
 * of 20 KiB (10, if the bitmap has several blocks) or less reaches the disk as
 * a whole or not at all; a longer one may do so in parts. */
int fileread(struct file *file, struct uio uio, int nbytes);
int filewrite(struct file *file, struct uio uio, int nbytes);

/* What fstat returns. 0, or -1: a pipe, or a disk error. */
int filestat(struct file *file, struct stat *stat);

/* How many files are open. */
uint files_open(void);

/* Pipes (pipe.c). pipealloc makes one with a file for each end: 0, or -1 out of
 * files or memory. pipeclose closes one end; with the second one the pipe is
 * gone. The others are fileread's and filewrite's way to it. */
int pipealloc(struct file **read_end, struct file **write_end);
void pipeclose(struct pipe *pipe, bool writable);
int piperead(struct pipe *pipe, struct uio uio, uint nbytes);
int pipewrite(struct pipe *pipe, struct uio uio, uint nbytes);

/* Devices (console.c, counters.c): fileread's and filewrite's way to them. */
int console_read(short minor, struct uio uio, int nbytes);
int console_write(short minor, struct uio uio, int nbytes);
int counters_read(short minor, struct uio uio, int nbytes);
int counters_write(short minor, struct uio uio, int nbytes);

/* Supplied by a higher layer (proc/inspect.c), for the console's ^P: list the
 * processes by printk, one a call: the first in or after this slot. The slot to
 * go on with, NPROC at the end. No locks: the machine may be stuck. */
int procdump(int slot);

/* How many of the nbytes at uio + offset lie in the first page. A user's memory
 * begins and ends with pages: such a piece is copied whole or not at all. */
static inline uint span_in_page(struct uio uio, uint64 offset, uint nbytes)
{
  return min_u64(nbytes, PGSIZE - (uio.address + offset) % PGSIZE);
}

#endif
