/* Short ways to use the file system in its host tests. */
#ifndef HOST_FS_HELP_H
#define HOST_FS_HELP_H

#include "lib/base.h"

/* A new, empty disk of this many blocks and inodes; it is mounted. */
void host_new_disk(uint nblocks, uint ninodes);

/* Start the kernel anew on the disk as it is, and mount it; fsinit's
 * result. */
const char *host_remount(void);

/* Commit what has been done, and let the power go when it is in the log and
 * nothing of it is home. What comes next is host_remount. */
void host_crash_committed(void);

struct inode;

/* Make a directory: 0 or -1. Find one: NULL if there is none. */
int host_mkdir(struct inode *cwd, const char *path);
struct inode *host_directory(struct inode *cwd, const char *path);

/* Make a file of nbytes bytes that follow from seed, or check that path is
 * such a file. 0 or -1. */
int host_make_file(const char *path, uint nbytes, uint seed);
int host_check_file(const char *path, uint nbytes, uint seed);

/* Write nbytes of these bytes to a path opened in this mode; filewrite's
 * result, or -1. */
int host_write(const char *path, int mode, const void *bytes, int nbytes);

/* 0 or -1; size and nlink of a path, -1 if there is none. */
int host_exists(const char *path);
int host_size(const char *path);
int host_nlink(const char *path);

/* A number that stands for all that the tree below the root holds: names,
 * types, link counts and bytes. It ends after so many paths: there is no end
 * to a tree whose directories contain each other. */
#define HOST_MOST_PATHS 10000
uint64 host_tree_digest(void);

#endif
