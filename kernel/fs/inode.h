/* Inodes: files and directories without their names. ialloc takes a free one on
 * the disk; iget gives a reference, which keeps it in memory; ilock gives the
 * right to look at its content and, inside a transaction, to change it:
 * iupdate, change, iupdate. An inode that no directory names (nlink 0) lives
 * until iput gives the last reference back, and frees it.
 *
 * Invariants, for a locked inode:
 *   I1  disk is what the block on the disk says, or will say once the open
 *       transaction is home
 *   I2  type is one of stat.h's, nlink >= 0, size <= MAX_FILE_SIZE
 *
 * Order: transaction > inodes, of two the lower number first > bitmap, or the
 * search for a free inode > a block of inodes. References are given back with
 * no transaction open and nothing locked. */
#ifndef FS_INODE_H
#define FS_INODE_H

#include "arch/hart.h"
#include "fs/bio.h"
#include "fs/log.h"
#include "fs/super.h"
#include "kernel/fs.h"
#include "kernel/stat.h"
#include "mm/copy.h"
#include "sync/sleeplock.h"

#define MAX_FILE_SIZE (MAXFILE * BSIZE)
#define MAX_NLINK 32767 /* of a short */

struct inode {
  struct cache_entry entry; /* its number is the inode's */
  struct sleeplock lock;    /* guards disk, entry.valid and what follows */
  struct dinode disk;

  /* References, or NULL, that spare the next use a search: to the block of the
   * content used last, number last_index, and to the indirect block. */
  struct buf *last;
  uint last_index;
  struct buf *indirect;

  /* Of a removed directory: the number of the one that it was in, to which its
   * .. leads; 0 once that is removed, too, and its number perhaps another's. */
  uint removed_from;

  /* Of a directory: no entry before this offset in it is free. */
  uint first_free;
} __attribute__((aligned(CACHE_LINE)));

/* The inodes in memory. */
extern struct cache icache;

/* Once, at boot. */
void iinit(void);

/* Once the log is mounted: free the inodes that no directory names, a line
 * "ireclaim ..." for each. */
void ireclaim(void);

/* The inode with this number and a reference; the second, with icache.lock
 * held. NULL: the disk has none such. */
struct inode *iget(uint number);
struct inode *iget_locked(uint number);

/* One more reference, or one less; iput of NULL does nothing. */
struct inode *idup(struct inode *inode);
void iput(struct inode *inode);

/* Lock, reading the content if need be. 0, or -1 with nothing locked: the
 * inode is free, damaged (which the console says), or a disk error. */
int ilock(struct inode *inode);
void iunlock(struct inode *inode);

/* See that the content is in memory, with no lock if it is already. The type
 * and the device numbers may be read then, which do not change as long as there
 * is a reference. 0, or -1 as ilock. */
int iload(struct inode *inode);

/* Lock two, whatever thread locks which. -1 also if they are the same. */
int ilock_two(struct inode *a, struct inode *b);

/* This directory has been removed: the .. of directories that were removed from
 * it before leads nowhere now. The caller has a reference, and no lock. */
void inode_forget_parent(const struct inode *dir);

/* Copy this locked inode to its block on the disk; adds at most one block. 0,
 * or -1 on a disk error, which only the first call in a transaction may meet:
 * so one is made before anything changes, by which the inode joins tx. */
int iupdate(struct transaction *tx, struct inode *inode);

/* Take a free inode, with this content, and a reference to it; adds at most
 * one block. NULL: none is free, or a disk error. */
struct inode *ialloc(struct transaction *tx, const struct dinode *content);

/* The rest is about the content, the bytes of a file or directory. All but
 * itrunc want the inode locked. -1 is for a disk error, a damaged disk (which
 * the console says), and what is said in each place. */

/* The block of the content that holds the byte at offset, in memory, or NULL: a
 * hole, read as zeros. It is the inode's until the next call. 0 or -1. */
int iblock(struct inode *inode, uint offset, struct buf **buf);

/* Copy up to nbytes at offset to uio. The bytes copied, less only at the end of
 * the file; or -1, also for bad memory of the user. nbytes fits an int. */
int readi(struct inode *inode, struct uio uio, uint offset, uint nbytes);

/* The blocks that a transaction needs to write at least one byte: the inode,
 * the block, perhaps the indirect one, and what allocating them adds. */
#define WRITE_BLOCKS (1 + 2 * ALLOC_BLOCKS)

/* Write nbytes (> 0) at offset, where offset <= size and the end is not beyond
 * MAX_FILE_SIZE, from uio + uio_offset; stops when tx may have no room for
 * another block. The bytes written; or -1 if none could be, also for bad memory
 * of the user and a full disk. */
int writei(struct transaction *tx, struct inode *inode, struct uio uio,
           uint64 uio_offset, uint offset, uint nbytes);

/* Give back all blocks, or as many as tx has room for; the size goes to 0, or
 * down to what is left. tx is new, with room for MAXOPBLOCKS. 0: none is left;
 * 1: some are; or -1. */
int ishrink(struct transaction *tx, struct inode *inode);

/* Empty the file in transactions. 0, or -1, also if no writes are taken. */
int itrunc(struct inode *inode);

#endif
