/* Directories: content of 16-byte entries, each a name and an inode number.
 * The directory is locked by the caller, and is one (T_DIR). Names are at most
 * DIRSIZ bytes; more are cut. */
#ifndef FS_DIR_H
#define FS_DIR_H

#include "fs/inode.h"

struct dir_slot {
  uint inum;   /* inode that the entry names */
  uint offset; /* of the entry in the directory, bytes */
};

/* The blocks that dirlink adds to its transaction at most; dir_remove adds
 * two of them. */
#define DIR_ADD_BLOCKS 5

/* Find the entry with this name. 1 and *slot, or 0: there is none; or -1: the
 * directory is damaged, or a disk error. */
int dirlookup(struct inode *dir, const char *name, struct dir_slot *slot);

/* 1 if it has no entries but . and .., 0 if it has, -1 as above. */
int dir_is_empty(struct inode *dir);

/* Add an entry, whose name is not there yet. 0, or -1: the disk or the
 * directory is full, or as above. */
int dirlink(struct transaction *tx, struct inode *dir, const char *name,
            uint inum);

/* Make the entry in slot free. 0, or -1 as above. */
int dir_remove(struct transaction *tx, struct inode *dir,
               const struct dir_slot *slot);

#endif
