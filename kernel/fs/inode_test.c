/* The last reference to an inode on the host: what another thread may do while
 * it is given back. */
#include "fs/inode.h"
#include "fs/bio.h"
#include "fs/file.h"
#include "fs/dir.h"
#include "fs/log.h"
#include "kernel/fcntl.h"
#include "tests/host/check.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/fsck.h"
#include "tests/host/stubs.h"

#define BLOCKS 2000
#define INODES 200
#define LOCKS 20 /* of inodes, more than a close takes */

static struct file *other; /* another thread's */
static uint made;          /* how often /b was made */

static void unlink_a(void)
{
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
}

static void open_and_unlink_a(void)
{
  other = fileopen(NULL, "/a", O_RDWR);
  CHECK(other != NULL);
  unlink_a();
}

static void make_and_remove_b(void)
{
  made++;
  CHECK_EQ(host_mkdir(NULL, "/b"), 0);
  CHECK_EQ(fs_unlink(NULL, "/b"), 0);
}

/* Close /a, removed before or not; at the nth lock of an inode, or after all of
 * them, another thread comes in between. */
static void close_with_another(bool removed, uint nth, void (*act)(void))
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 60000, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDWR);
  if (removed)
    unlink_a();
  CHECK_EQ(log_sync(), 0); /* so that act finds room in the log */
  host_before_lock("inode", nth, act);
  fileclose(file);
  host_before_lock(NULL, 0, NULL);
}

/* Whether all that has no name is free, with no help of the next mount. */
static void check_nothing_lost(void)
{
  CHECK_EQ(host_exists("/a"), -1);
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(cache_held(&icache), 0);
  CHECK_EQ(cache_held(&bcache), 1); /* one of the bitmap */
  printed_clear();
  CHECK(host_remount() == NULL);
  CHECK_EQ(printed()[0], '\0');
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

static void file_unlinked_while_it_is_closed_goes(void)
{
  close_with_another(false, 1, unlink_a);
  check_nothing_lost();
}

static void file_opened_while_it_is_closed_stays(void)
{
  char byte = 0;
  close_with_another(false, 1, open_and_unlink_a);
  CHECK_EQ(fileread(other, uio_kernel(&byte), 1), 1);
  fileclose(other);
  check_nothing_lost();
}

static void number_of_a_file_that_goes_can_be_taken(void)
{
  made = 0;
  for (uint nth = 1; nth <= LOCKS; nth++) {
    close_with_another(true, nth, make_and_remove_b);
    check_nothing_lost();
  }
  CHECK(made > 0 && made < LOCKS);
}

int main(void)
{
  RUN(file_unlinked_while_it_is_closed_goes);
  RUN(file_opened_while_it_is_closed_stays);
  RUN(number_of_a_file_that_goes_can_be_taken);
  return check_result();
}
