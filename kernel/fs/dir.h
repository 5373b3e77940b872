/* Directories, and the paths that lead through them. A directory is a file of
 * 16-byte entries, each a name and the number of an inode; a path is names
 * between slashes. Names are cut to DIRSIZ bytes.
 *
 * A path is in kernel memory. If it begins with a slash, it starts at the
 * root; any other starts at cwd, which may be NULL if the path has no use for
 * it. Callers have no transaction open and hold no lock. A call that changes
 * the disk is one transaction, and iput may need more to free an inode that has
 * no name. A call that fails leaves the disk as it was. */
#ifndef FS_DIR_H
#define FS_DIR_H

#include "fs/inode.h"

/* The inode that path names, with a reference; the empty path names cwd. NULL:
 * there is none, an element is no directory, damage, or a disk error. */
struct inode *namei(struct inode *cwd, const char *path);

/* The same, locked, if the inode is of this type; NULL also if it is not. */
struct inode *namei_locked(struct inode *cwd, const char *path, short type);

/* Make an inode of this type and give it the name path. The inode with a
 * reference, or NULL: its directory is missing or full, the disk is full, or a
 * disk error. If path names an inode already, that one is the result for
 * T_FILE, since open may create what is there; for other types it is NULL. */
struct inode *create(struct inode *cwd, const char *path, short type,
                     short major, short minor);

/* Behind mknod and, with T_DIR, mkdir: create without a result. 0 or -1. */
int fs_mknod(struct inode *cwd, const char *path, short type, short major,
             short minor);

/* Give the inode at old_path, which is no directory, a second name; or take a
 * name away, of a directory only if it is empty. 0 or -1. */
int fs_link(struct inode *cwd, const char *old_path, const char *new_path);
int fs_unlink(struct inode *cwd, const char *path);

#endif
