/* Making a name, for the rest of fs/; the other operations on names are in
 * fs/fs.h. */
#ifndef FS_NAMES_H
#define FS_NAMES_H

#include "fs/inode.h"

/* The inode at path, with a reference: a new one of this type if there was
 * none, and *made says so. NULL: its directory is missing or full, the disk is
 * full, or a disk error. */
struct inode *names_make(struct inode *cwd, const char *path,
                         const struct dinode *content, bool *made);

#endif
