/* The name cache: what directories say of names that were looked up lately,
 * also of those that are not there. With it most paths are followed without a
 * look at the directories: by numbers, with neither their locks nor references
 * to them. Invariants:
 *   N1  an entry says what its directory says. It changes only while the
 *       directory is locked, by who looks a name up in it or changes it
 *   N2  only directories with a name (nlink > 0) have entries
 * Whoever removes a name keeps a reference to its inode until the cache has
 * been told. So no number that the locked cache leads to is free, or another
 * inode's by now; and iget_locked of it keeps that so. In debug builds
 * dirlookup checks N1.
 *
 * The lock of the table of inodes, icache.lock, guards the names, too: a look
 * at them mostly ends in that table. */
#ifndef FS_NAMECACHE_H
#define FS_NAMECACHE_H

#include "kernel/fs.h"
#include "lib/base.h"

/* A name in a directory, cut to DIRSIZ bytes, with zeros behind it, so that two
 * are compared by words. */
union name {
  struct dirent entry; /* inum is the directory's number */
  uint64 word[2];
};
static_assert(sizeof(struct dirent) == 2 * sizeof(uint64), "two words");

/* Forget all: the disk has been mounted. */
void namecache_init(void);

/* Under the lock, which the other functions take themselves: what the cache
 * knows of a name. 1 with the inode number that the directory has under it, and
 * the offset of that entry; 0: it has none; -1: not known. */
int namecache_find(const union name *name, uint *inum, uint *offset);

/* Enter what the locked directory says of a name; inum 0: it is not there. */
void namecache_enter(const union name *name, uint inum, uint offset);

/* Forget all names in this directory, which is locked and has lost its own. */
void namecache_forget(uint dir);

#endif
