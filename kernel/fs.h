/* The disk: little-endian, in blocks of BSIZE bytes.
 *
 *   0 unused | 1 superblock | log | inodes | free bitmap | data
 *
 * The superblock says where each part begins. */
#ifndef KERNEL_FS_H
#define KERNEL_FS_H

#include "kernel/types.h"
#include "kernel/param.h"

#define BSIZE 1024
#define ROOTINO 1
#define FSMAGIC 0x10203040

struct superblock {
  uint magic;      /* FSMAGIC */
  uint size;       /* blocks in the image */
  uint nblocks;    /* data blocks */
  uint ninodes;    /* inodes, the unused number 0 included */
  uint nlog;       /* log blocks, the header included */
  uint logstart;   /* block of the log header */
  uint inodestart; /* first inode block */
  uint bmapstart;  /* first block of the free bitmap */
};

/* Block logstart: which home blocks the next n blocks belong to. */
struct logheader {
  int n;
  int block[LOGBLOCKS];
};

#define NDIRECT 12
#define NINDIRECT (BSIZE / sizeof(uint))
#define MAXFILE (NDIRECT + NINDIRECT)

struct dinode {
  short type; /* 0 is free, else as in stat.h */
  short major;
  short minor;
  short nlink;
  uint size;               /* bytes */
  uint addrs[NDIRECT + 1]; /* the last one is the indirect block */
};

/* Inodes in a block, and the block of inode i. */
#define IPB (BSIZE / sizeof(struct dinode))
#define IBLOCK(i, sb) ((i) / IPB + (sb).inodestart)

/* Bits in a bitmap block, and the block with the bit of block b. */
#define BPB (BSIZE * 8)
#define BBLOCK(b, sb) ((b) / BPB + (sb).bmapstart)

#define DIRSIZ 14

struct dirent {
  ushort inum;       /* 0 is a free entry */
  char name[DIRSIZ]; /* no NUL when all 14 bytes are used */
};

#endif
