/* Who may change blocks, and when the changes go to the disk. */
#include "fs/log.h"
#include "dev/disk.h"
#include "fs/logdisk.h"
#include "kernel/param.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/wait.h"
#include "trap/clock.h"

/* The promise is that a commit starts within 100 ms; the rest is for the
 * thread to be scheduled. */
#define COMMIT_DELAY_MS 80

static struct {
  struct spinlock lock;
  bool writable; /* mounted, on a disk that takes writes */
  bool failed;   /* a write has failed: nothing is written any more */
  bool stopping; /* the group that is closed next is the last one */
  bool closing;  /* a commit wants the group; nobody may begin */
  bool full;     /* who is served has no room before a commit */
  uint open;     /* transactions begun and not ended */
  uint reserved; /* blocks that they may still add */
  uint count;    /* blocks of the group */
  struct buf *group[LOGBLOCKS];
  uint64 next_ticket;  /* who must wait to begin draws one; */
  uint64 now_serving;  /* who has this one begins next */
  uint64 first_ticket; /* the first to be drawn since the group began */
  uint64 due;          /* when the group is to be committed; 0: not set */
  uint64 syncs_wanted; /* calls of log_sync, */
  uint64 syncs_done;   /* and those that are served */
} group_log;

/* Wait channels. */
static const void *const all_ended = &group_log.open;
static const void *const work_to_do = &group_log.due;
static const void *const sync_served = &group_log.syncs_done;

/* That of a ticket: no more than NPROC threads wait. */
static const void *turn(uint64 ticket)
{
  static const char turns[NPROC];
  return &turns[ticket % NPROC];
}

void initlog(void)
{
  memset(&group_log, 0, sizeof(group_log));
  initlock(&group_log.lock, "log");
  logdisk_init();
}

const char *log_mount(void)
{
  const char *problem = logdisk_recover();
  if (problem)
    return problem;
  group_log.writable = !disk_read_only();
  if (!group_log.writable)
    printk("fs: the disk takes no writes\n");
  return NULL;
}

uint log_room(void)
{
  return logdisk_room();
}

static bool may_write(void)
{
  return group_log.writable && !group_log.failed;
}

static bool has_room(uint nblocks)
{
  return !group_log.closing &&
         group_log.count + group_log.reserved + nblocks <= log_room();
}

/* Whether one who comes may begin at once, if there is room: when nobody
 * waits, or when all who wait came since this group began and the first of
 * them needs the next one. What is left of this one is of no use to them. */
static bool may_pass(void)
{
  return group_log.now_serving == group_log.next_ticket ||
         (group_log.full && group_log.now_serving >= group_log.first_ticket);
}

/* Under the lock: wait for room, after all who wait already. */
static void wait_in_line(uint nblocks)
{
  uint64 ticket = group_log.next_ticket++;
  while (may_write() &&
         (ticket != group_log.now_serving || !has_room(nblocks))) {
    /* Else it is enough that others end and give back what they spared. */
    if (ticket == group_log.now_serving &&
        group_log.count + nblocks > log_room()) {
      group_log.full = true;
      wakeup(work_to_do);
    }
    sleep(turn(ticket), &group_log.lock);
  }
  wakeup(turn(++group_log.now_serving));
}

int begin_op(struct transaction *tx, uint nblocks)
{
  debug_assert(nblocks <= log_room() || !may_write());
  acquire(&group_log.lock);
  if (may_write() && !(may_pass() && has_room(nblocks)))
    wait_in_line(nblocks);
  int result = -1;
  if (may_write()) {
    group_log.open++;
    group_log.reserved += nblocks;
    tx->room = nblocks;
    result = 0;
  }
  release(&group_log.lock);
  return result;
}

void log_write(struct transaction *tx, struct buf *buf)
{
  acquire(&group_log.lock);
  if (!buf->in_group) {
    assert(tx->room > 0);
    tx->room--;
    group_log.reserved--;
    group_log.group[group_log.count++] = buf;
    buf->in_group = true;
    buf_hold(buf);
  }
  release(&group_log.lock);
}

void end_op(struct transaction *tx)
{
  acquire(&group_log.lock);
  group_log.reserved -= tx->room;
  group_log.open--;
  if (group_log.count > 0 && group_log.due == 0) {
    group_log.due = clock_now() + clock_from_ms(COMMIT_DELAY_MS);
    wakeup(work_to_do);
  }
  if (group_log.open == 0)
    wakeup(all_ended);
  wakeup(turn(group_log.now_serving));
  release(&group_log.lock);
}

int log_sync(void)
{
  acquire(&group_log.lock);
  uint64 mine = ++group_log.syncs_wanted;
  wakeup(work_to_do);
  while (group_log.syncs_done < mine)
    sleep(sync_served, &group_log.lock);
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

/* Keep others from beginning, wait for those that have begun, and hand the
 * group to logdisk, which copies it. Then the next group may begin, while this
 * one is on its way to the disk. Returns its number of blocks. */
static uint close_group(void)
{
  acquire(&group_log.lock);
  group_log.closing = true;
  while (group_log.open > 0)
    sleep(all_ended, &group_log.lock);
  uint count = group_log.count;
  for (uint i = 0; i < count; i++)
    group_log.group[i]->in_group = false;
  release(&group_log.lock);

  /* No transaction is open, so nobody changes these blocks now. */
  logdisk_stage(group_log.group, count);

  acquire(&group_log.lock);
  group_log.count = 0;
  group_log.due = 0;
  group_log.full = false;
  group_log.first_ticket = group_log.next_ticket;
  group_log.closing = group_log.stopping;
  wakeup(turn(group_log.now_serving));
  release(&group_log.lock);
  return count;
}

static void stop_writing(void)
{
  printk("fs: the log cannot be written; no more changes are taken\n");
  acquire(&group_log.lock);
  group_log.failed = true;
  wakeup(turn(group_log.now_serving));
  release(&group_log.lock);
}

void log_work(void)
{
  acquire(&group_log.lock);
  uint64 syncs = group_log.syncs_wanted;
  bool usable = may_write();
  release(&group_log.lock);

  if (usable && close_group() > 0 && logdisk_commit() < 0)
    stop_writing();

  acquire(&group_log.lock);
  group_log.syncs_done = syncs;
  wakeup(sync_served);
  release(&group_log.lock);
}

static bool is_due(void)
{
  if (group_log.syncs_wanted != group_log.syncs_done)
    return true;
  if (!may_write() || group_log.count == 0)
    return false;
  return group_log.full || (group_log.due && clock_now() >= group_log.due);
}

void log_thread(void *unused)
{
  (void)unused;
  for (;;) {
    acquire(&group_log.lock);
    while (!is_due()) {
      if (group_log.due && may_write())
        sleep_until(work_to_do, &group_log.lock, group_log.due);
      else
        sleep(work_to_do, &group_log.lock);
    }
    release(&group_log.lock);
    log_work();
  }
}
