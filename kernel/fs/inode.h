/* Inodes in memory, and their life.
 *
 * iget gives a reference, which keeps the entry; ilock gives the
 * right to look at the content, and inside a transaction to change it:
 * inode_join, change, iupdate. An inode that no directory names (nlink 0)
 * lives until the last reference is given back; that frees it.
 *
 * Invariants, for a locked inode:
 *   I1  disk is what the block on the disk says, or will say once the open
 *       transaction is home
 *   I2  type is one of stat.h's, nlink >= 0, size <= MAX_FILE_SIZE
 *
 * Order: transaction > inodes, of two the lower number first > the search for
 * a free one, bitmap > block.
 * References are given back with no transaction open and nothing locked. */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "fs/cache.h"
#include "fs/log.h"
#include "kernel/fs.h"
#include "kernel/stat.h"
#include "sync/sleeplock.h"

#define MAX_FILE_SIZE (MAXFILE * BSIZE)
#define MAX_NLINK 32767 /* of a short */

/* Part of the indirect block: numbers from slot first on. Those that are not 0
 * are what the block says. */
#define MAP_WINDOW 16
struct map_window {
  uint first;
  uint number[MAP_WINDOW];
};

struct inode {
  struct cache_entry entry; /* its number is the inode's */
  struct sleeplock lock;    /* guards disk and entry.valid */
  struct dinode disk;

  /* Under the lock, too: what spares the next use of the content a search. The
   * block used last is kept in memory while somebody refers to the inode. */
  buf_place last_block;
  struct map_window window;

  /* Of a removed directory: the number of the one that it was in, to which its
   * .. leads; 0 when that has been removed as well, since the number may be
   * another's then. */
  uint removed_from;
};

/* Once, at boot. */
void iinit(void);

/* Once the log is mounted: free the inodes that no directory names, a line
 * "ireclaim ..." for each. */
void ireclaim(void);

/* The inode with this number and a reference. NULL: the disk has no such
 * number. */
struct inode *iget(uint number);

/* One more reference, or one less. */
struct inode *idup(struct inode *inode);
void iput(struct inode *inode);

/* Lock, reading the content if need be. 0, or -1 with nothing locked: the
 * inode is free, damaged (which the console says), or a disk error. */
int ilock(struct inode *inode);
void iunlock(struct inode *inode);

/* Lock two, whatever thread locks which. -1 also if they are the same. */
int ilock_two(struct inode *a, struct inode *b);

/* Unlock, and give the reference back. */
void iunlockput(struct inode *inode);

/* This directory has been removed: those that were removed from it before lead
 * there no more. The caller keeps its reference so long, and holds no lock. */
void inode_forget_parent(const struct inode *dir);

/* Make the block that holds this locked inode part of the transaction; adds
 * at most one block. After it iupdate cannot fail. 0, or -1 on a disk
 * error. */
int inode_join(struct transaction *tx, struct inode *inode);

/* Copy the content to its block. The inode has joined tx. */
void iupdate(struct transaction *tx, struct inode *inode);

/* Take a free inode, with this content, and a reference to it; adds at most
 * one block. NULL: none is free, or a disk error. */
struct inode *ialloc(struct transaction *tx, const struct dinode *content);

/* How many inodes are referred to. */
uint inodes_held(void);

/* What fstat tells of a locked inode. */
struct stat stati(const struct inode *inode);

#endif
