/* The log. A file-system operation changes several blocks, and the power may
 * go between any two writes of the disk. So blocks are changed in the cache
 * alone, the changed ones are collected in a group, and the group is written to
 * the log, an area of the disk, before it is written home. The log's header
 * block says how many blocks of the log are in effect and where they belong. It
 * is written only when all of them are lasting, and from that moment on a
 * mount after a crash writes them home again.
 *
 * Transactions that run or end between two commits form a group. The log's
 * thread commits it when COMMIT_DELAY_MS have passed since its first
 * transaction ended, when an operation waits for room, and when log_sync asks.
 * The group is then the stage's, and the next one may begin, while this one is
 * on its way to the disk. Whoever changes a block of the stage gives it other
 * memory first (log_write), so that the disk is written from memory that nobody
 * changes. The log's thread writes the blocks home and clears the log at once,
 * so the log of a disk at rest is empty.
 *
 * Invariants, under the log's lock:
 *   L1  count + reserved <= log_room()
 *   L2  a block is in the group exactly if its in_group is set, and the group
 *       has a reference to it, which passes to the stage
 *   L3  the group is closed only while no transaction is open
 *   L4  while a commit is under way, nothing changes what stage.data names; a
 *       block whose data is there has in_stage set
 *
 * Read first: fs/log.h, fs/bio.h; kernel/fs.h for the header. */
#include "fs/log.h"
#include "dev/disk.h"
#include "fs/super.h"
#include "kernel/param.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/wait.h"
#include "trap/clock.h"

/* The contract is that a commit starts within 100 ms; the rest is for the
 * thread to be scheduled. */
#define COMMIT_DELAY_MS 80

static struct {
  struct spinlock lock;
  bool writable; /* mounted, on a disk that takes writes, and none failed */
  bool failed;   /* a write has failed: nothing is written any more */
  bool stopping; /* the group that is closed next is the last one */
  bool closing;  /* a commit wants the group; nobody may begin */
  uint open;     /* transactions begun and not ended */
  uint reserved; /* blocks that they may still add */
  uint count;    /* blocks of the group */
  struct buf *group[LOGBLOCKS];
  uint64 next_ticket;  /* who comes to begin draws one */
  uint64 now_serving;  /* who has this one begins next */
  uint64 due;          /* when the group is to be committed, or NEVER */
  uint64 syncs_wanted; /* calls of log_sync, */
  uint64 syncs_done;   /* and those that are served */
} group_log;

/* The group that is being committed; only the log's thread uses it, and
 * mounting before it, but for spare, which is under the log's lock. */
static struct {
  union {
    struct logheader head; /* its n blocks, and where they belong; 0: none */
    uint8 head_block[BSIZE];
  };
  struct buf *pinned[LOGBLOCKS]; /* in the cache until they are home */
  uint8 *data[LOGBLOCKS];        /* where they were when it was closed */
  uint8 *spare[LOGBLOCKS];       /* memory for those that move */
  uint nspare;
} stage;

/* The wait channels are the addresses of open (it may be 0), of due (the log's
 * thread may have work) and of syncs_done, and a byte for each ticket: no more
 * than NPROC threads wait for their turns. */
static const void *turn(uint64 ticket)
{
  static const char turns[NPROC];
  return &turns[ticket % NPROC];
}

void initlog(void)
{
  static uint8 memory[LOGBLOCKS][BSIZE];

  memset(&group_log, 0, sizeof(group_log));
  initlock(&group_log.lock, "log");
  group_log.due = NEVER;
  for (stage.nspare = 0; stage.nspare < LOGBLOCKS; stage.nspare++)
    stage.spare[stage.nspare] = memory[stage.nspare];
}

uint log_room(void)
{
  return min_u64(LOGBLOCKS, super.nlog - 1); /* nlog counts the header */
}

int begin_op(struct transaction *tx, uint nblocks)
{
  debug_assert(nblocks <= log_room() || !group_log.writable);
  acquire(&group_log.lock);
  /* All begin in the order in which they come: otherwise those who want a bit
   * could take the room again and again from one who wants much. */
  uint64 ticket = group_log.next_ticket++;
  while (group_log.writable &&
         (ticket != group_log.now_serving || group_log.closing ||
          group_log.count + group_log.reserved + nblocks > log_room())) {
    /* If the blocks of the group alone leave too little room, only a commit
     * helps. Else it is enough that others end, who give back what they have
     * reserved and not used. */
    if (ticket == group_log.now_serving &&
        group_log.count + nblocks > log_room()) {
      group_log.due = clock_now();
      wakeup(&group_log.due);
    }
    sleep(turn(ticket), &group_log.lock);
  }
  wakeup(turn(++group_log.now_serving));
  bool begun = group_log.writable;
  if (begun) {
    group_log.open++;
    group_log.reserved += nblocks;
    tx->room = nblocks;
  }
  release(&group_log.lock);
  return begun ? 0 : -1;
}

void log_write(struct transaction *tx, struct buf *buf)
{
  /* The group stays while tx is open: who sees in_group needs no lock. */
  if (__atomic_load_n(&buf->in_group, __ATOMIC_RELAXED))
    return;
  acquire(&group_log.lock);
  if (!buf->in_group) {
    assert(tx->room > 0);
    tx->room--;
    group_log.reserved--;
    group_log.group[group_log.count++] = buf;
    buf->in_group = true;
    cache_hold(&buf->entry);
    /* The disk is still to get what the block was (L4): leave it that memory.
     * Each block moves once in a commit, so there is spare memory for all. */
    if (buf->in_stage) {
      uint8 *data = stage.spare[--stage.nspare];
      memcpy(data, buf->data, BSIZE);
      buf->data = data;
      buf->in_stage = false;
    }
  }
  release(&group_log.lock);
}

void end_op(struct transaction *tx)
{
  acquire(&group_log.lock);
  group_log.reserved -= tx->room;
  group_log.open--;
  if (group_log.count > 0 && group_log.due == NEVER) {
    group_log.due = clock_now() + clock_from_ms(COMMIT_DELAY_MS);
    wakeup(&group_log.due);
  }
  if (group_log.open == 0)
    wakeup(&group_log.open);
  wakeup(turn(group_log.now_serving));
  release(&group_log.lock);
}

int log_sync(void)
{
  acquire(&group_log.lock);
  uint64 mine = ++group_log.syncs_wanted;
  wakeup(&group_log.due);
  while (group_log.syncs_done < mine)
    sleep(&group_log.syncs_done, &group_log.lock);
  int result = group_log.failed ? -1 : 0;
  release(&group_log.lock);
  return result;
}

int log_stop(void)
{
  acquire(&group_log.lock);
  group_log.stopping = true;
  release(&group_log.lock);
  return log_sync();
}

/* Read or write all staged blocks at once, in no order among each other: at
 * home, or, for NULL, in the log. */
static int transfer(enum disk_op op, const int *home)
{
  static struct disk_request request[LOGBLOCKS];
  int result = 0, count, nrequests = 0;
  for (int i = 0; i < stage.head.n; i += count) {
    /* Blocks that adjoin on the disk go there in one request. */
    int most = min_u64(disk_most_blocks(), stage.head.n - i);
    for (count = 1; count < most; count++)
      if (home && (uint)home[i + count] != (uint)home[i] + count)
        break;
    request[nrequests] = (struct disk_request){
        .op = op,
        .blockno = home ? (uint)home[i] : super.logstart + 1 + i,
        .nblocks = count,
        .data = &stage.data[i]};
    disk_start(&request[nrequests++]);
  }
  while (nrequests > 0) {
    if (disk_wait(&request[--nrequests]) < 0)
      result = -1;
  }
  return result;
}

/* Write the log's header: the first stage.head.n blocks of the log take effect,
 * or none. A disk writes a sector whole or not at all. */
static_assert(sizeof(struct logheader) <= DISK_SECTOR, "one sector has it");
static int write_head(void)
{
  /* A disk may keep writes in a cache of its own and make them lasting in any
   * order. What the header speaks of must be lasting before it: the blocks in
   * the log if it counts some, the blocks at home if it says 0. */
  if (disk_io(DISK_FLUSH, 0, NULL) < 0)
    return -1;
  /* A cut from here on leaves the old header or the new one, and both are
   * right, as what either needs is lasting. */
  if (disk_io(DISK_WRITE, super.logstart, stage.head_block) < 0)
    return -1;
  /* And the header must be lasting before what comes next: writes to home,
   * which it lets a mount finish, or the next group's writes to the log,
   * which an old header would take for this group's. */
  return disk_io(DISK_FLUSH, 0, NULL);
}

/* Write home what the log holds, and clear it. */
static int install_trans(void)
{
  /* A cut leaves some blocks new and some old at home. The header is still
   * there, so the next mount writes all again, which does no harm. */
  if (transfer(DISK_WRITE, stage.head.block) < 0)
    return -1;
  /* After a cut the header is there, and the mount writes again what is home
   * already, or it is cleared, and the mount finds nothing to do. The numbers
   * are cleared, too: whoever damages n gets no old group replayed. */
  stage.head = (struct logheader){0};
  return write_head();
}

/* Make the staged group lasting. What the disk gets, in order: the blocks in
 * the log, a flush, the header, a flush, the blocks at home, a flush, the empty
 * header, a flush. On an error the header may be in effect; then the stage
 * keeps its blocks, and nothing is written any more. */
static int commit(void)
{
  if (stage.head.n == 0)
    return 0;
  /* The header says 0. A cut leaves it so, and all of the group is lost, as if
   * none of its operations had been; no log_sync has answered for it. */
  if (transfer(DISK_WRITE, NULL) < 0)
    return -1;
  /* The commit: once the header is lasting, the group is. */
  if (write_head() < 0)
    return -1;
  return install_trans();
}

const char *log_mount(void)
{
  if (disk_io(DISK_READ, super.logstart, stage.head_block) < 0)
    return "the log cannot be read";
  int count = stage.head.n;
  if (count < 0 || (uint)count > log_room())
    return "the log's header is damaged";
  /* Logged blocks are inodes, bitmap and data, never what lies before them. */
  for (int i = 0; i < count; i++) {
    uint home = stage.head.block[i];
    if (home < super.inodestart || home >= super.size)
      return "the log's header names a block that is not a file's";
  }
  /* Do what a crash left undone. */
  if (count > 0) {
    if (disk_read_only())
      return "the log must be replayed, and the disk takes no writes";
    printk("recovering %d blocks from the log\n", count);
    memcpy(stage.data, stage.spare, sizeof(stage.data));
    if (transfer(DISK_READ, NULL) < 0)
      return "the log cannot be read";
    if (install_trans() < 0)
      return "what the log holds cannot be written home";
  }
  group_log.writable = !disk_read_only();
  if (!group_log.writable)
    printk("fs: the disk takes no writes\n");
  return NULL;
}

void log_work(void)
{
  acquire(&group_log.lock);
  /* A call of log_sync that comes later may be about the next group. */
  uint64 syncs = group_log.syncs_wanted;
  group_log.due = NEVER;
  if (group_log.writable) {
    /* Nobody may begin, and those who have begun come to their end (L3). */
    group_log.closing = true;
    while (group_log.open > 0)
      sleep(&group_log.open, &group_log.lock);

    /* The next group begins, while this one goes to the disk. */
    assert(stage.head.n == 0);
    for (uint i = 0; i < group_log.count; i++) {
      struct buf *buf = group_log.group[i];
      buf->in_group = false;
      buf->in_stage = true;
      stage.pinned[i] = buf;
      stage.data[i] = buf->data;
      stage.head.block[i] = buf->entry.number;
    }
    int count = stage.head.n = group_log.count;
    group_log.count = 0;
    group_log.due = NEVER;
    group_log.closing = group_log.stopping;
    wakeup(turn(group_log.now_serving));
    release(&group_log.lock);
    bool failed = commit() < 0;
    if (failed)
      printk("fs: the log cannot be written; no more changes are taken\n");

    acquire(&group_log.lock);
    /* The blocks on the disk are as those in the cache, or older where the next
     * group has them, which has references of its own. Memory from which a
     * block has moved away is spare. */
    for (int i = 0; i < count && !failed; i++) {
      if (stage.pinned[i]->data != stage.data[i])
        stage.spare[stage.nspare++] = stage.data[i];
      stage.pinned[i]->in_stage = false;
      cache_put(&stage.pinned[i]->entry);
    }
    group_log.failed = failed;
    group_log.writable = !failed;
    if (failed)
      wakeup(turn(group_log.now_serving));
  }
  group_log.syncs_done = syncs;
  wakeup(&group_log.syncs_done);
  release(&group_log.lock);
}

void log_thread(void)
{
  for (;;) {
    acquire(&group_log.lock);
    while (group_log.syncs_wanted == group_log.syncs_done &&
           clock_now() < group_log.due)
      sleep_until(&group_log.due, &group_log.lock, group_log.due);
    release(&group_log.lock);
    log_work();
  }
}
