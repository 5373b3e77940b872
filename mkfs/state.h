/* What the parts of the checker share. A check goes over the disk in passes;
 * each relies on what those before it have mended:
 *
 *   types, numbers   R3, and R4's first half: now every number can be followed
 *   claims, sizes    R4's second half, R5: now all owners of blocks are known
 *   names            R6, from the root down
 *   lost             R7
 *   links, bitmap    R8, R9 */
#ifndef MKFS_STATE_H
#define MKFS_STATE_H

#include "mkfs/check.h"
#include "kernel/stat.h"

/* What is known of an inode. */
struct facts {
  uint names;   /* entries that name it, but . and .. */
  uint subdirs; /* directories in it */
  uint parent;  /* of a directory; before it is reached: a lost one that names
                   it */
  bool reached; /* from the root, or from lost+found */
};

struct check {
  struct disk disk;
  FILE *out;
  struct check_result result;
  uint *owner;         /* of each block: an inode; 0: none, or not yet known */
  uchar *used;         /* of each block: whether some inode names it */
  uint first_free;     /* all data blocks below it are used */
  struct facts *facts; /* of each inode */
  uint *queue;         /* directories to be visited */
  uint lost_found;     /* the directory for what was lost; 0: not looked for */
};

/* A rule is broken. The line says so, and what is to be done. */
void fault(struct check *check, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A rule is broken, and nothing can be done. */
void fault_stuck(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Something that one may want to know. */
void note(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A block that no file has, zeroed, now of this inode; 0 if there is none.
 * All blocks that files have are known. */
uint take_block(struct check *check, uint inum);

/* A free inode; 0 if there is none. */
uint find_free_inode(const struct disk *disk);

/* Whether its first two entries are . (itself) and .. */
bool looks_like_directory(const struct disk *disk, uint inum);

/* The passes. */
void check_types(struct check *check);
void check_claims(struct check *check);
void check_sizes(struct check *check);
void check_names(struct check *check);
void check_lost(struct check *check);

/* Follow all entries below a directory that was reached, whose parent is
 * known. */
void visit(struct check *check, uint top);

/* Entries of a directory, those in blocks that it lacks included. */
uint entry_count(const struct dinode *dir);

/* Add an entry to a directory. False: no room. */
bool add_entry(struct check *check, uint dir, const char *name, uint inum);

#endif
