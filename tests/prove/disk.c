/* What a disk says of itself: the superblock (kernel/fs/super.c) and the log's
 * header (kernel/fs/log.c), of any bytes, on a disk of any size.
 *
 *   prove_super: bound 1
 *     the superblock is accepted exactly if its parts lie in order on the
 *     disk, none over another; then the log, the inodes, the bitmap's blocks
 *     and the data lie in their parts for every number that they are asked by
 *   prove_log: bound 31, any_transfer for transfer
 *     with any superblock that was accepted, the log is replayed exactly if its
 *     header counts no more blocks than the log has, all of them behind the log
 *     and on the disk; the header is cleared after that alone, and nothing else
 *     is written
 *   prove_transfer: bound 5
 *     of a group of at most GROUP blocks that belong to such places, each is
 *     read from its place in the log, or written there or home, just once, and
 *     adjoining ones together
 */
#include "fs/log.c"
#include "fs/super.c"
#include "tests/prove/prove.h"

struct superblock nondet_superblock(void);

static uint64 blocks_of_disk;

uint64 disk_blocks(void)
{
  return blocks_of_disk;
}

/* The same as super_read(), as sums that cannot wrap. */
static bool in_order(const struct superblock *sb, uint64 ninodes)
{
  unsigned __int128 size = sb->size;
  return sb->magic == 0x10203040 && size <= blocks_of_disk &&
         sb->logstart >= 2 && sb->nlog >= 11 &&
         (unsigned __int128)sb->logstart + sb->nlog <= sb->inodestart &&
         ninodes >= 2 &&
         ((unsigned __int128)sb->inodestart * 16 + ninodes + 15) / 16 <=
             sb->bmapstart &&
         sb->nblocks <= size &&
         (unsigned __int128)sb->bmapstart + (size + 8191) / 8192 +
                 sb->nblocks <=
             size;
}

static struct buf super_buf;
static bool unreadable;

struct buf *bread(uint blockno)
{
  MUST(blockno == 1 && blockno < blocks_of_disk);
  return unreadable ? NULL : &super_buf;
}

void brelse(struct buf *buf)
{
  MUST(buf == &super_buf);
}

void prove_super(void)
{
  struct superblock block = nondet_superblock();
  super_buf.data = (uint8 *)&block;
  blocks_of_disk = nondet_u64();
  unreadable = nondet_bool();

  bool good = super_read() == NULL;
  MUST(good ==
       (!unreadable && blocks_of_disk > 1 && in_order(&block, block.ninodes)));
  SOME_CASE(!good);
  ASSUME(good);
  MUST(super.ninodes <= 65536 && super.ninodes <= block.ninodes);

  /* What all other code computes from it. */
  uint inode = nondet_uint(), blockno = nondet_uint();
  ASSUME(inode < super.ninodes && blockno < super.size);
  MUST(IBLOCK((uint64)inode, super) == IBLOCK(inode, super));
  MUST(IBLOCK(inode, super) >= super.logstart + super.nlog);
  MUST(IBLOCK(inode, super) < super.bmapstart);
  MUST((uint64)blockno / BPB + super.bmapstart == BBLOCK(blockno, super));
  MUST(BBLOCK(blockno, super) < super_data_start());
  MUST(super_is_data(blockno) == (blockno >= super_data_start()));
  MUST(log_room() >= MAXOPBLOCKS && log_room() <= LOGBLOCKS);
  MUST((uint64)super.logstart + 1 + log_room() <= super.inodestart);
  SOME_CASE(super.size == 0xFFFFFFFF);
  SOME_CASE(super.nblocks == 0);
  SOME_CASE(block.ninodes == 0xFFFFFFF0);
  SOME_CASE(blockno == 0xFFFFFFFE);
}

/* The disk, as the log sees it. */

#define GROUP 3

static uint64 header_reads, header_writes, reads, writes, moved;
static bool read_only;
static struct logheader found;
static uint probe; /* a block of the log */
static const int *homes;
static uint most;

int disk_io(enum disk_op op, uint blockno, uint8 *data)
{
  MUST(op == DISK_FLUSH ||
       (blockno == super.logstart && data == stage.head_block));
  if (op == DISK_READ) {
    MUST(header_reads++ == 0);
    stage.head = found;
  } else if (op == DISK_WRITE) {
    MUST(stage.head.n == 0 && reads == 1 && writes == 1);
    header_writes++;
  }
  return nondet_bool() ? 0 : -1;
}

bool disk_read_only(void)
{
  return read_only;
}

uint disk_most_blocks(void)
{
  return most;
}

void printk(const char *format, ...)
{
  (void)format;
}

static bool may_be_home(int blockno)
{
  return (uint)blockno >= super.inodestart && (uint)blockno < super.size;
}

int any_transfer(enum disk_op op, const int *home)
{
  MUST(stage.head.n >= 1 && (uint)stage.head.n <= log_room());
  MUST(!read_only);
  if (op == DISK_READ) {
    MUST(home == NULL && reads == 0 && writes == 0);
    reads++;
  } else {
    MUST(op == DISK_WRITE && home == stage.head.block);
    MUST(reads == 1 && writes == 0);
    MUST(probe >= (uint)stage.head.n || may_be_home(home[probe]));
    writes++;
  }
  return nondet_bool() ? 0 : -1;
}

static void any_accepted_superblock(void)
{
  blocks_of_disk = nondet_u64();
  super = nondet_superblock();
  ASSUME(super.ninodes <= 65536 && in_order(&super, super.ninodes));
}

void prove_log(void)
{
  any_accepted_superblock();
  for (int i = 0; i < LOGBLOCKS; i++)
    found.block[i] = nondet_int();
  found.n = nondet_int();
  read_only = nondet_bool();
  probe = any_below(LOGBLOCKS);

  const char *problem = log_mount();

  bool sound =
      found.n >= 0 && found.n <= LOGBLOCKS && found.n < (long)super.nlog;
  for (int i = 0; i < LOGBLOCKS; i++)
    sound = sound && (i >= found.n || may_be_home(found.block[i]));
  MUST(sound || (problem != NULL && reads == 0 && writes == 0));
  MUST(problem != NULL || (sound && writes == (found.n > 0)));
  MUST(problem != NULL || header_writes == writes);
  MUST(!read_only || writes == 0);
  SOME_CASE(problem == NULL && found.n == LOGBLOCKS);
  SOME_CASE(problem == NULL && found.n == 0 && read_only);
  SOME_CASE(!sound && found.n == 11 && super.nlog == 11);
  SOME_CASE(problem == NULL && found.n > 0 && found.block[0] < 0);
  SOME_CASE(problem != NULL && sound && !read_only && found.n > 0);
}

void disk_start(struct disk_request *request)
{
  MUST(request->nblocks >= 1 && request->nblocks <= most);
  MUST(moved + request->nblocks <= (uint)stage.head.n);
  MUST(request->data == &stage.data[moved]);
  if (homes == NULL) {
    MUST(request->blockno == super.logstart + 1 + moved);
    MUST((uint64)request->blockno + request->nblocks <=
         (uint64)super.logstart + super.nlog);
  } else {
    MUST(request->blockno >= super.inodestart);
    MUST((uint64)request->blockno + request->nblocks <= super.size);
    MUST(probe < moved || probe >= moved + request->nblocks ||
         request->blockno + (probe - moved) == (uint)homes[probe]);
  }
  moved += request->nblocks;
  writes++;
}

int disk_wait(struct disk_request *request)
{
  MUST(request->nblocks >= 1);
  writes--;
  return nondet_bool() ? 0 : -1;
}

void prove_transfer(void)
{
  any_accepted_superblock();
  for (int i = 0; i < GROUP; i++) {
    stage.head.block[i] = nondet_int();
    ASSUME(may_be_home(stage.head.block[i]));
  }
  stage.head.n = any_below(GROUP + 1);
  probe = any_below(GROUP);
  most = nondet_uint();
  ASSUME(most >= 1);
  homes = nondet_bool() ? stage.head.block : NULL;

  transfer(DISK_WRITE, homes);

  MUST(moved == (uint)stage.head.n && writes == 0);
  SOME_CASE(moved == GROUP && homes != NULL && homes[0] == -10);
  SOME_CASE(moved == 0);
}
