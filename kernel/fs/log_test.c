/* The log on the host: what a commit writes and in which order, when it comes,
 * and what happens when it cannot be written. */
#include "fs/log.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include "fs/file.h"
#include "fs/dir.h"
#include "fs/super.h"
#include "kernel/fcntl.h"
#include "mkfs/image.h"
#include "tests/host/check.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/fsck.h"
#include "tests/host/stubs.h"
#include "tests/host/threads.h"

#define BLOCKS 2000
#define INODES 200

/* The parts of a trace, one letter each: log blocks, header, home, flush. */
static const char *trace_letters(void)
{
  static char letters[1000];
  uint n = 0;
  for (uint i = 0; i < host_trace_length() && n < sizeof(letters) - 1; i++) {
    uint blockno = host_trace_block(i);
    char letter = 'w';
    if (host_trace_op(i) == DISK_FLUSH)
      letter = 'F';
    else if (blockno == super.logstart)
      letter = 'H';
    else if (blockno < super.logstart + super.nlog)
      letter = 'L';
    if (n == 0 || letters[n - 1] != letter || letter == 'F')
      letters[n++] = letter;
  }
  letters[n] = '\0';
  return letters;
}

static void flushes_stand_where_they_must(void)
{
  host_new_disk(BLOCKS, INODES);
  host_trace_start();
  CHECK_EQ(host_mkdir(NULL, "/a"), 0);
  CHECK_EQ(strcmp(trace_letters(), ""), 0);
  log_work();
  CHECK_EQ(strcmp(trace_letters(), "LFHFwFHF"), 0);
  CHECK_EQ(host_mkdir(NULL, "/b"), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(strcmp(trace_letters(), "LFHFwFHFLFHFwFHF"), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(strcmp(trace_letters(), "LFHFwFHFLFHFwFHF"), 0);
}

/* What the commit record says, as a tool on the image sees it. */
static int blocks_in_log(void)
{
  struct logheader header;
  uint8 *block = host_disk_bytes() + (uint64)super.logstart * BSIZE;
  memcpy(&header, block, sizeof(header));
  return header.n;
}

/* A log that is clear names no blocks: were its count damaged, a mount would
 * replay an old group. */
static void clear_log_names_no_blocks(void)
{
  static const struct logheader clear;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/a"), 0);
  CHECK_EQ(log_sync(), 0);
  uint8 *block = host_disk_bytes() + (uint64)super.logstart * BSIZE;
  CHECK_EQ(memcmp(block, &clear, sizeof(clear)), 0);
}

static void operations_share_a_commit(void)
{
  char path[20];
  host_new_disk(BLOCKS, INODES);
  for (uint i = 0; i < 5; i++) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(host_make_file(path, 0, 0), 0);
  }
  CHECK_EQ(host_disk_count(DISK_WRITE), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(host_disk_count(DISK_FLUSH), 4);
}

static void full_log_is_committed(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 100 * BSIZE, 1), 0);
  CHECK(host_disk_count(DISK_FLUSH) > 4);
  CHECK_EQ(host_check_file("/a", 100 * BSIZE, 1), 0);
}

static void stays_inside_an_old_log(void)
{
  struct image image;
  CHECK(image_create(&image, BLOCKS, INODES, LOGBLOCKS - 1) == NULL);
  host_disk_load(image.disk.bytes, BLOCKS * BSIZE);
  image_free(&image);
  CHECK(host_remount() == NULL);
  CHECK_EQ(super.nlog, LOGBLOCKS);
  CHECK_EQ(log_room(), LOGBLOCKS - 1);
  host_trace_start();
  CHECK_EQ(host_make_file("/a", 200 * BSIZE, 1), 0);
  bool between_flushes_in_log = false;
  for (uint i = 0; i < host_trace_length(); i++) {
    if (host_trace_op(i) == DISK_FLUSH)
      between_flushes_in_log = false;
    else if (host_trace_block(i) < super.inodestart)
      between_flushes_in_log = true;
    else
      CHECK(!between_flushes_in_log);
  }
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

/* The log's thread never returns; it leaves by its third sleep. */
static jmp_buf out_of_thread;
static int sleeps;
static uint64 commit_time;

static void watch_thread(const void *channel)
{
  (void)channel;
  if (host_disk_count(DISK_WRITE) > 0 && commit_time == 0)
    commit_time = host_clock();
  if (++sleeps == 3)
    longjmp(out_of_thread, 1);
}

/* It commits, clears the log, and then waits for no time. */
static void thread_commits_in_time(void)
{
  host_new_disk(BLOCKS, INODES);
  host_on_sleep(watch_thread);
  uint64 start = host_clock();
  CHECK_EQ(host_mkdir(NULL, "/a"), 0);
  sleeps = 0;
  commit_time = 0;
  if (setjmp(out_of_thread) == 0)
    log_thread();
  CHECK(commit_time > start);
  CHECK(commit_time - start <= 100);
  CHECK_EQ(host_exists("/a"), 0);
  CHECK_EQ(blocks_in_log(), 0);
  CHECK_EQ(host_clock(), commit_time);
}

static void leave(const void *channel)
{
  (void)channel;
  longjmp(out_of_thread, 1);
}

static void nothing_begins_once_it_is_stopped(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/a"), 0);
  CHECK_EQ(log_stop(), 0);
  uint writes = host_disk_count(DISK_WRITE);
  host_on_sleep(leave);
  if (setjmp(out_of_thread) == 0) {
    host_mkdir(NULL, "/b");
    CHECK(false);
  }
  log_work();
  CHECK_EQ(host_disk_count(DISK_WRITE), writes);
  CHECK_EQ(blocks_in_log(), 0);
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_exists("/a"), 0);
}

/* Threads that want room in the log. The first wants nearly all of it each
 * time, the others a bit, again and again. */
#define WANTING 7
#define LARGE 27
#define SMALL 7
#define LARGE_TURNS 20
#define SMALL_TURNS 2000

static struct wanting {
  bool waits;
  uint came; /* this was the first to come, or the second, and so on */
} wanting[WANTING];
static uint comings, waited, passed;
static uint most_groups; /* that were committed while the first waited */

/* Groups that are closed. The first of the four flushes of a commit follows at
 * once, before another thread can run. */
static uint groups_closed(void)
{
  return (host_disk_count(DISK_FLUSH) + 3) / 4;
}

static void add_some(struct transaction *tx, uint blockno, uint nblocks)
{
  for (uint i = 0; i < nblocks; i++) {
    struct buf *buf = bget(super_data_start() + 100 + blockno + i);
    buf->entry.valid = true;
    log_write(tx, buf);
    bput(buf);
  }
}

static void begin_in_turn(uint self, struct transaction *tx, uint nblocks)
{
  struct wanting *mine = &wanting[self];
  uint before = groups_closed();

  *mine = (struct wanting){true, comings++};
  CHECK_EQ(begin_op(tx, nblocks), 0);
  mine->waits = false;
  for (const struct wanting *other = wanting; other < wanting + WANTING;
       other++) {
    waited += other->waits;
    passed += other->waits && other->came < mine->came;
  }
  if (self == 0)
    most_groups = max_u64(most_groups, groups_closed() - before);
}

static void want_room(uint self)
{
  bool is_large = self == 0;
  for (uint i = 0; i < (is_large ? LARGE_TURNS : SMALL_TURNS); i++) {
    struct transaction tx;
    for (uint rest = is_large && i % 2 ? 50 : 0; rest > 0; rest--)
      host_threads_yield();
    begin_in_turn(self, &tx, is_large ? LARGE : SMALL);
    host_threads_yield();
    add_some(&tx, 100 * self, is_large ? LARGE - 5 : 1);
    end_op(&tx);
    if (self % 2)
      host_threads_yield();
  }
}

static void nobody_who_waits_is_passed(void)
{
  host_new_disk(BLOCKS, INODES);
  comings = waited = passed = most_groups = 0;
  host_disk_on_flush(host_threads_yield);
  host_threads_run(WANTING, want_room);
  CHECK(waited > 0);
  CHECK_EQ(passed, 0);
  CHECK(most_groups > 0 && most_groups <= 2); /* who came before fill one */
}

static void recovers_a_commit(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 2000, 5), 0);
  host_crash_committed();
  printed_clear();
  CHECK(host_remount() == NULL);
  CHECK(strncmp(printed(), "recovering", 10) == 0);
  CHECK_EQ(host_check_file("/a", 2000, 5), 0);
  printed_clear();
  CHECK(host_remount() == NULL);
  CHECK_EQ(strcmp(printed(), ""), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

static void loses_what_was_not_committed(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 2000, 5), 0);
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_exists("/a"), -1);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

static void use_blocks_again(void)
{
  host_disk_on_flush(NULL);
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(host_make_file("/b", 3000, 6), 0);
}

/* While a file is on its way to the disk it goes, and its blocks are another's:
 * a cut leaves the file as it was all the same. */
static void blocks_under_way_are_left_alone(void)
{
  static uint8 image[BLOCKS * BSIZE];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 3000, 5), 0);
  host_trace_start();
  host_disk_on_flush(use_blocks_again);
  log_work();
  uint steps = host_trace_length();
  for (uint n = 0; n <= steps; n++) {
    host_trace_crash(n, 0, image);
    host_disk_load(image, sizeof(image));
    CHECK(host_remount() == NULL);
    CHECK(host_exists("/a") < 0 ? n < steps
                                : host_check_file("/a", 3000, 5) == 0);
  }
}

/* The size of a file that is begun with these bytes, and extended when the
 * group has a block for each of some new files; then the power goes. */
static int size_after_cut(uint start, uint nbytes, uint files)
{
  static uint8 bytes[LOGBLOCKS * BSIZE];
  char path[20];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", start, 1), 0);
  CHECK_EQ(log_sync(), 0);
  for (uint i = 0; i < files; i++) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(host_make_file(path, 1, 1), 0);
  }
  struct file *file = fileopen(NULL, "/a", O_RDWR);
  CHECK_EQ(fileread(file, uio_kernel(bytes), start), start);
  CHECK_EQ(filewrite(file, uio_kernel(bytes), nbytes), nbytes);
  fileclose(file);
  CHECK(host_remount() == NULL);
  return host_size("/a");
}

static void no_half_of_a_write(void)
{
  static const uint start[] = {0, 1, 900, 1023, 11 * BSIZE + 1000};
  for (uint i = 0; i < sizeof(start) / sizeof(*start); i++) {
    for (uint nbytes = 500; nbytes <= 20 * BSIZE; nbytes += 1500) {
      for (uint files = 0; files < 20; files += 3) {
        uint size = size_after_cut(start[i], nbytes, files);
        CHECK(size == start[i] || size == start[i] + nbytes);
      }
    }
  }
}

static void reclaims_orphans(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 50000, 5), 0);
  struct inode *inode = namei(NULL, "/a");
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK(inode != NULL);
  CHECK(fsck(host_disk_bytes()) == 0);
  printed_clear();
  CHECK(host_remount() == NULL);
  CHECK(strncmp(printed(), "ireclaim", 8) == 0);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
  printed_clear();
  CHECK(host_remount() == NULL);
  CHECK_EQ(strcmp(printed(), ""), 0);
}

/* On a disk that failed, and maybe works again: what was committed before
 * stays, no more changes are taken, and what is there can be read. */
static void check_stopped(void)
{
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  CHECK_EQ(host_make_file("/kept", 10, 1), -1);
  CHECK_EQ(host_check_file("/kept", 3000, 1), 0);
  CHECK_EQ(log_sync(), -1);
  host_disk_heal();
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_check_file("/kept", 3000, 1), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

/* Write when requests of one kind fail, the first of them after some more.
 * Whether it came to that. */
static bool write_and_fail(void (*fail)(enum disk_op op, uint after),
                           enum disk_op op, uint after)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/kept", 3000, 1), 0);
  CHECK_EQ(log_sync(), 0);
  fail(op, after);
  host_make_file("/lost", 50000, 2);
  int result = log_sync();
  if (host_disk_failures() == 0)
    return false;
  CHECK_EQ(result, -1);
  check_stopped();
  return true;
}

static void failed_write_stops_changes(void)
{
  static const enum disk_op ops[] = {DISK_WRITE, DISK_FLUSH};
  for (uint i = 0; i < ARRAY_LEN(ops); i++) {
    enum disk_op op = ops[i];
    uint after = 0, once = 0;
    while (write_and_fail(host_disk_fail, op, after))
      after++;
    while (write_and_fail(host_disk_fail_once, op, once))
      once++;
    CHECK_EQ(after, once);
    CHECK(after > 10);
  }
}

static void read_only_disk(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 3000, 1), 0);
  CHECK_EQ(log_sync(), 0);
  host_disk_set_read_only(true);
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_check_file("/a", 3000, 1), 0);
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  CHECK_EQ(fs_unlink(NULL, "/a"), -1);
  CHECK_EQ(host_write("/a", O_WRONLY, "x", 1), -1);
  CHECK_EQ(host_write("/a", O_WRONLY | O_TRUNC, "x", 1), -1);
  CHECK_EQ(host_check_file("/a", 3000, 1), 0);
  CHECK_EQ(log_sync(), 0);

  host_disk_set_read_only(false);
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  host_crash_committed();
  host_disk_set_read_only(true);
  const char *problem = host_remount();
  CHECK(problem != NULL && strstr(problem, "must be replayed") != NULL);
}

int main(void)
{
  RUN(flushes_stand_where_they_must);
  RUN(clear_log_names_no_blocks);
  RUN(operations_share_a_commit);
  RUN(full_log_is_committed);
  RUN(stays_inside_an_old_log);
  RUN(thread_commits_in_time);
  RUN(nothing_begins_once_it_is_stopped);
  RUN(nobody_who_waits_is_passed);
  RUN(recovers_a_commit);
  RUN(loses_what_was_not_committed);
  RUN(blocks_under_way_are_left_alone);
  RUN(no_half_of_a_write);
  RUN(reclaims_orphans);
  RUN(failed_write_stops_changes);
  RUN(read_only_disk);
  return check_result();
}
