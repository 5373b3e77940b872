/* Open files: what descriptors refer to. A file is an inode with a position,
 * a device, or one end of a pipe; it counts its references. Callers hold no
 * spinlock and may sleep. */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "lib/base.h"
#include "kernel/file.h"
#include "kernel/stat.h"
#include "mm/copy.h"

struct inode;
struct file;

/* Open path with a mode of kernel/fcntl.h. NULL: no such file, no room, a
 * directory opened other than O_RDONLY, a device without a driver, or
 * O_CREATE on a directory. */
struct file *file_open(struct inode *cwd, const char *path, int mode);

/* The two ends of a new pipe. 0, or -1 out of files or memory. */
int pipealloc(struct file **read_end, struct file **write_end);

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

/* What fstat tells. 0, or -1: a pipe, or a disk error. */
int filestat(struct file *file, struct stat *stat);

/* How many files are open. */
uint files_open(void);

/* Drivers, by major number; what a minor number means is theirs to say. A NULL
 * function fails with -1. */
struct device {
  int (*read)(short minor, struct uio uio, int nbytes);
  int (*write)(short minor, struct uio uio, int nbytes);
};
void device_register(int major, const struct device *device);

#endif
