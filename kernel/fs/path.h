/* Paths: names between slashes. A path that begins with a slash begins at the
 * root, any other at cwd, which may be NULL if none does. The caller has no
 * transaction open and holds no lock. */
#ifndef FS_PATH_H
#define FS_PATH_H

#include "fs/inode.h"

/* Room for a name of DIRSIZ bytes and a NUL. */
typedef char path_name[DIRSIZ + 1];

/* The inode that path names, with a reference; the empty path names cwd. NULL:
 * there is none, an element on the way is no directory, it is damaged, or a
 * disk error. */
struct inode *namei(struct inode *cwd, const char *path);

/* What the last element of path is or would be in, with a reference, and that
 * element, cut to DIRSIZ bytes. The caller checks that it is a directory. NULL
 * also if path has no element. */
struct inode *nameiparent(struct inode *cwd, const char *path, path_name name);

#endif
