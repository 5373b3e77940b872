/* What stands behind struct file, for the rest of fs/. */
#ifndef FS_OPENFILE_H
#define FS_OPENFILE_H

#include "fs/file.h"
#include "fs/inode.h"

enum file_kind {
  FILE_INODE,
  FILE_DEVICE,
  FILE_PIPE,
};

/* kind and what follows is fixed while the file is open, but for offset. */
struct file {
  uint refs; /* 0: free; under the table's lock */
  enum file_kind kind;
  bool readable;
  bool writable;
  struct inode *inode;         /* FILE_INODE, FILE_DEVICE: a reference */
  uint offset;                 /* FILE_INODE: under the inode's lock */
  const struct device *device; /* FILE_DEVICE, with minor */
  short minor;
  struct pipe *pipe; /* FILE_PIPE: one end of it */
};

/* Once, at boot. */
void fileinit(void);

/* A free entry of the table, with one reference; its kind is for the caller to
 * set. NULL if there is none. */
struct file *filealloc(void);

/* Give an entry back that was not filled in. */
void openfile_free(struct file *file);

/* The driver that an inode's major number names; NULL if there is none. */
const struct device *device_find(short major);

#endif
