/* The file system as the layers above see it: mount it, and operate on names.
 * Each of these is one transaction; callers hold no locks and may sleep.
 *
 * Relative paths begin at cwd, which comes by parameter (and may be NULL only
 * with an absolute path). A path is at most MAXPATH - 1 bytes and in kernel
 * memory. Results are 0 or -1, pointers NULL on failure, and a failure leaves
 * the disk as it was. */
#ifndef FS_FS_H
#define FS_FS_H

#include "lib/base.h"
#include "kernel/stat.h"
#include "mm/copy.h"

struct inode;
struct file;

/* Set up tables and locks. Once, at boot. */
void fs_init(void);

/* Read the superblock, replay the log (a line that begins "recovering"), free
 * inodes that no directory names (a line "ireclaim ..."). In a thread. NULL
 * when all is well, else what is wrong with the disk, as an English phrase. */
const char *fs_mount(void);

/* The body of the log's kernel thread: commits at most 100 ms after a call
 * returned, and clears the log when that is done. Never returns. */
void fs_log_thread(void *unused) __attribute__((noreturn));

/* Commit what has been done, write it home, and make it lasting. 0, or -1 on
 * a disk error. */
int fs_sync(void);

/* The same, before the machine goes off: from then on, an operation that would
 * change the disk waits for ever. */
int fs_stop(void);

/* Look a path up. The inode has one more reference and is not locked. */
struct inode *fs_lookup(struct inode *cwd, const char *path);

/* One more reference, or one less; the last one of an inode that no directory
 * names frees it. */
struct inode *fs_inode_get(struct inode *inode);
void fs_inode_put(struct inode *inode);

/* The inode for a new working directory: NULL if path is no directory. */
struct inode *fs_lookup_directory(struct inode *cwd, const char *path);

/* For exec: look path up and keep the file from changing until
 * fs_read_end. NULL if there is no such file or it is not a plain one.
 * fs_read_at copies up to nbytes at offset to place and returns the number
 * copied (less only at the end of the file), or -1. */
struct inode *fs_read_begin(struct inode *cwd, const char *path);
int fs_read_at(struct inode *inode, struct uio uio, uint offset, uint nbytes);
void fs_read_end(struct inode *inode);

int fs_link(struct inode *cwd, const char *old_path, const char *new_path);
int fs_unlink(struct inode *cwd, const char *path);
int fs_mkdir(struct inode *cwd, const char *path);
int fs_mknod(struct inode *cwd, const char *path, short major, short minor);

#endif
