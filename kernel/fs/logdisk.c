/* The log on the disk: blocks, commit record, home writes, recovery. */
#include "fs/logdisk.h"
#include "dev/disk.h"
#include "fs/super.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/page.h"

/* The staged blocks and the header. */
#define STAGE_BLOCKS (LOGBLOCKS + 1)
#define BLOCKS_PER_PAGE (PGSIZE / BSIZE)
static_assert(sizeof(struct logheader) <= BSIZE, "the header fits a block");

static struct {
  uint count;                 /* staged blocks; 0: the stage is empty */
  uint home[LOGBLOCKS];       /* where they belong */
  struct buf *buf[LOGBLOCKS]; /* kept in the cache; NULL in recovery */
  uint8 *copy[LOGBLOCKS];
  uint8 *header;
} stage;

void logdisk_init(void)
{
  uint8 *page = NULL;
  memset(&stage, 0, sizeof(stage));
  for (uint i = 0; i < STAGE_BLOCKS; i++) {
    if (i % BLOCKS_PER_PAGE == 0)
      page = kalloc();
    if (!page)
      panic("no memory for the log");
    uint8 *block = page + i % BLOCKS_PER_PAGE * BSIZE;
    if (i < LOGBLOCKS)
      stage.copy[i] = block;
    else
      stage.header = block;
  }
}

uint logdisk_room(void)
{
  return super.nlog ? min_u64(LOGBLOCKS, super.nlog - 1) : 0;
}

static uint log_place(uint i)
{
  return super.logstart + 1 + i;
}

static uint home_place(uint i)
{
  return stage.home[i];
}

/* Read or write all staged blocks at once, block i at place(i). */
static int transfer(enum disk_op op, uint (*place)(uint i))
{
  static struct disk_request request[LOGBLOCKS];
  int result = 0;
  for (uint i = 0; i < stage.count; i++) {
    request[i] = (struct disk_request){.op = op,
                                       .offset = (uint64)place(i) * BSIZE,
                                       .data = stage.copy[i],
                                       .nbytes = BSIZE};
    disk_start(&request[i]);
  }
  for (uint i = 0; i < stage.count; i++) {
    if (disk_wait(&request[i]) < 0)
      result = -1;
  }
  return result;
}

/* What was written before is lasting, then the header says count blocks, then
 * that is lasting. */
static int write_header(uint count)
{
  struct logheader *header = (struct logheader *)stage.header;
  memset(stage.header, 0, BSIZE);
  header->n = count;
  for (uint i = 0; i < count; i++)
    header->block[i] = stage.home[i];
  if (disk_flush() < 0)
    return -1;
  if (disk_write((uint64)super.logstart * BSIZE, stage.header, BSIZE) < 0)
    return -1;
  return disk_flush();
}

void logdisk_stage(struct buf *const group[], uint count)
{
  assert(stage.count == 0);
  for (uint i = 0; i < count; i++) {
    stage.buf[i] = group[i];
    stage.home[i] = group[i]->entry.number;
    memcpy(stage.copy[i], group[i]->data, BSIZE);
  }
  stage.count = count;
}

/* What takes effect goes home, and the log is clear again. */
static int checkpoint(void)
{
  if (transfer(DISK_WRITE, home_place) < 0 || write_header(0) < 0)
    return -1;
  for (uint i = 0; i < stage.count; i++) {
    if (stage.buf[i])
      buf_drop(stage.buf[i]);
  }
  stage.count = 0;
  return 0;
}

int logdisk_commit(void)
{
  if (transfer(DISK_WRITE, log_place) < 0 || write_header(stage.count) < 0)
    return -1;
  return checkpoint();
}

/* Fill in count and home from the header on the disk. Logged blocks belong to
 * inodes, the bitmap and data, never to what lies before them. */
static const char *load_header(void)
{
  if (disk_read((uint64)super.logstart * BSIZE, stage.header, BSIZE) < 0)
    return "the log cannot be read";
  struct logheader header;
  memcpy(&header, stage.header, sizeof(header));
  if (header.n < 0 || (uint)header.n > logdisk_room())
    return "the log's header is damaged";
  for (int i = 0; i < header.n; i++) {
    uint home = header.block[i];
    if (home < super.inodestart || home >= super.size)
      return "the log's header names a block that is not a file's";
    stage.home[i] = home;
    stage.buf[i] = NULL;
  }
  stage.count = header.n;
  return NULL;
}

const char *logdisk_recover(void)
{
  stage.count = 0;
  const char *problem = load_header();
  if (problem || stage.count == 0)
    return problem;
  if (disk_read_only())
    return "the log must be replayed, and the disk takes no writes";
  printk("recovering %u blocks from the log\n", stage.count);
  if (transfer(DISK_READ, log_place) < 0)
    return "the log cannot be read";
  if (checkpoint() < 0)
    return "what the log holds cannot be written home";
  return NULL;
}
