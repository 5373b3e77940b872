/* Power cuts: a run of operations is traced, and the disk is cut off after
 * each step of the trace, with all or with some of the writes that no flush had
 * made lasting. After each cut the file system mounts, the checker is content,
 * and the tree is as it was after some operation: never before the last one
 * that a sync had finished. */
#include "fs/dir.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fs/file.h"
#include "fs/log.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "tests/host/check.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/fsck.h"

#define BLOCKS 500
#define INODES 64
#define OPERATIONS 160
#define AMID_COMMIT 2 /* more, in one turn */
#define OPERATIONS_MAX ((1 + AMID_COMMIT) * OPERATIONS + 1)
#define REORDERINGS 3 /* seed 0 is the order of the trace */

static uint noperations, amid_commit;
static uint64 digests[OPERATIONS_MAX]; /* after so many operations */
static uint finished[OPERATIONS_MAX];  /* steps of the trace when a sync after
                                          so many had ended, or 0 */
static uint8 image[BLOCKS * BSIZE];

static const char *name_at_random(void)
{
  static char path[40];
  static const char *const dir[] = {"", "/d0", "/d1", "/d0/e"};
  snprintf(path, sizeof(path), "%s/f%d", dir[rand() % 4], rand() % 6);
  return path;
}

static const char *directory_at_random(void)
{
  static const char *const dir[] = {"/d0", "/d1", "/d0/e"};
  return dir[rand() % 3];
}

/* One operation of one transaction, besides what frees an inode. Small files,
 * so that each write is one, too. */
static void operate(void)
{
  char old_path[40];
  uint8 bytes[3 * BSIZE];
  switch (rand() % 8) {
  case 0:
    host_mkdir(NULL, directory_at_random());
    break;
  case 1:
    fs_unlink(NULL, directory_at_random());
    break;
  case 2:
    snprintf(old_path, sizeof(old_path), "%s", name_at_random());
    fs_link(NULL, old_path, name_at_random());
    break;
  case 3:
  case 4:
    fs_unlink(NULL, name_at_random());
    break;
  case 5:
    host_write(name_at_random(), O_CREATE, "", 0);
    break;
  default:
    memset(bytes, rand(), sizeof(bytes));
    host_write(name_at_random(), O_RDWR, bytes, rand() % sizeof(bytes));
  }
}

static void operate_and_note(void)
{
  operate();
  digests[++noperations] = host_tree_digest();
}

/* While a group is on its way to the disk, operations change its blocks again:
 * as many as the next group surely has room for. */
static void operate_amid_commit(void)
{
  if (amid_commit > 0 && rand() % 3 == 0) {
    amid_commit--;
    operate_and_note();
  }
}

/* Run the operations; some are followed by a commit, few are a sync. */
static void trace_operations(uint seed)
{
  host_new_disk(BLOCKS, INODES);
  host_disk_on_flush(operate_amid_commit);
  host_trace_start();
  memset(finished, 0, sizeof(finished));
  noperations = 0;
  digests[0] = host_tree_digest();
  for (uint i = 1; i <= OPERATIONS; i++) {
    srand(seed + i);
    amid_commit = AMID_COMMIT;
    if (rand() % 20 == 0) {
      uint before = noperations;
      CHECK_EQ(log_sync(), 0);
      finished[before] = host_trace_length();
    } else {
      operate_and_note();
    }
    if (rand() % 8 == 0)
      log_work();
  }
}

/* The last operation that must have survived nsteps steps. */
static uint least_survivor(uint nsteps)
{
  uint last = 0;
  for (uint i = 1; i <= noperations; i++) {
    if (finished[i] != 0 && finished[i] <= nsteps)
      last = i;
  }
  return last;
}

static void check_crash(uint nsteps, uint seed)
{
  host_trace_crash(nsteps, seed, image);
  host_disk_load(image, sizeof(image));
  const char *problem = host_remount();
  CHECK(problem == NULL);
  if (problem)
    return;
  uint64 digest = host_tree_digest();
  uint i = least_survivor(nsteps);
  while (i <= noperations && digests[i] != digest)
    i++;
  CHECK(i <= noperations);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

static void every_cut_leaves_a_prefix(void)
{
  for (uint seed = 1; seed <= 3; seed++) {
    trace_operations(1000 * seed);
    uint steps = host_trace_length();
    CHECK(steps > 100);
    for (uint n = 0; n <= steps && check_failures_here == 0; n++) {
      for (uint order = 0; order < REORDERINGS; order++)
        check_crash(n, order * (n + 1));
    }
  }
}

/* A cut while the log is being replayed leaves it to be replayed again. */
static void cut_during_recovery(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/d/a", 5000, 1), 0);
  host_crash_committed();
  host_trace_start();
  CHECK(host_remount() == NULL);
  uint steps = host_trace_length();
  CHECK(steps > 4);
  for (uint n = 0; n <= steps; n++) {
    host_trace_crash(n, n, image);
    host_disk_load(image, sizeof(image));
    CHECK(host_remount() == NULL);
    CHECK_EQ(host_check_file("/d/a", 5000, 1), 0);
    CHECK_EQ(fsck(host_disk_bytes()), 0);
  }
}

int main(void)
{
  RUN(every_cut_leaves_a_prefix);
  RUN(cut_during_recovery);
  return check_result();
}
