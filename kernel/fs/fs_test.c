/* Names on the host: making, finding, linking and unlinking, and what happens
 * when that cannot be done. Each test ends with the checker of images. */
#include "fs/dir.h"
#include <stdio.h>
#include <string.h>
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "tests/host/check.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/fsck.h"

#define BLOCKS 2000
#define INODES 200

static void check_disk(void)
{
  CHECK_EQ(log_sync(), 0);
  CHECK_EQ(fsck(host_disk_bytes()), 0);
}

static void makes_and_finds_files(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 5000, 1), 0);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/d/b", 70000, 2), 0);
  CHECK_EQ(host_check_file("/a", 5000, 1), 0);
  CHECK_EQ(host_check_file("//d///b", 70000, 2), 0);
  CHECK_EQ(host_check_file("/d/../d/./b", 70000, 2), 0);
  CHECK_EQ(host_exists("/a/b"), -1);
  CHECK_EQ(host_exists("/d/b/"), 0);
  CHECK_EQ(host_nlink("/"), 2);
  check_disk();

  CHECK(host_remount() == NULL);
  CHECK_EQ(host_check_file("/a", 5000, 1), 0);
  CHECK_EQ(host_check_file("/d/b", 70000, 2), 0);
}

static void follows_relative_paths(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  struct inode *dir = host_directory(NULL, "/d");
  CHECK(dir != NULL);
  CHECK_EQ(host_mkdir(dir, "e"), 0);
  CHECK_EQ(host_exists("/d/e"), 0);
  struct inode *self = namei(dir, "");
  CHECK(self == dir);
  iput(self);
  CHECK_EQ(host_mkdir(dir, ""), -1);
  CHECK_EQ(host_mkdir(dir, "/"), -1);
  CHECK(namei(NULL, "d") == NULL);
  CHECK(host_directory(dir, "../d/e/..") == dir);
  iput(dir);
  iput(dir);
  check_disk();
}

static void cuts_names(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/123456789012345", 10, 1), 0);
  CHECK_EQ(host_check_file("/12345678901234", 10, 1), 0);
  CHECK_EQ(host_check_file("/12345678901234xyz", 10, 1), 0);
  CHECK_EQ(host_exists("/1234567890123"), -1);
  CHECK_EQ(fs_unlink(NULL, "/123456789012349"), 0);
  check_disk();
}

static void links_and_unlinks(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 100, 1), 0);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(fs_link(NULL, "/a", "/d/a"), 0);
  CHECK_EQ(fs_link(NULL, "/a", "/d/a"), -1);
  CHECK_EQ(fs_link(NULL, "/d", "/e"), -1);
  CHECK_EQ(fs_link(NULL, "/d", "/d/x"), -1);
  CHECK_EQ(fs_link(NULL, "/a", "/a/x"), -1);
  CHECK_EQ(fs_link(NULL, "/none", "/x"), -1);
  CHECK_EQ(fs_link(NULL, "/a", "/"), -1);
  CHECK_EQ(fs_link(NULL, "/a", ""), -1);
  CHECK_EQ(fs_unlink(NULL, ""), -1);
  CHECK_EQ(host_nlink("/a"), 2);
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(fs_unlink(NULL, "/a"), -1);
  CHECK_EQ(host_check_file("/d/a", 100, 1), 0);
  CHECK_EQ(fs_unlink(NULL, "/d"), -1);
  CHECK_EQ(fs_unlink(NULL, "/d/."), -1);
  CHECK_EQ(fs_unlink(NULL, "/d/.."), -1);
  CHECK_EQ(fs_unlink(NULL, "/"), -1);
  CHECK_EQ(fs_unlink(NULL, "/d/a"), 0);
  CHECK_EQ(fs_unlink(NULL, "/d"), 0);
  CHECK_EQ(host_nlink("/"), 1);
  check_disk();
}

static void refuses_what_exists(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 100, 1), 0);
  CHECK_EQ(host_mkdir(NULL, "/a"), -1);
  CHECK_EQ(fs_mknod(NULL, "/a", T_DEVICE, 1, 1), -1);
  CHECK_EQ(host_mkdir(NULL, "/none/d"), -1);
  CHECK_EQ(host_mkdir(NULL, "/a/d"), -1);
  CHECK(fileopen(NULL, "/", O_CREATE) == NULL);
  CHECK(fileopen(NULL, "/", O_WRONLY) == NULL);
  CHECK(fileopen(NULL, "/", O_RDWR) == NULL);
  CHECK(fileopen(NULL, "/none", O_RDWR) == NULL);
  CHECK_EQ(host_write("/a", O_CREATE | O_WRONLY, "x", 1), 1);
  CHECK_EQ(host_size("/a"), 100);
  check_disk();
}

static void make_b(void)
{
  CHECK_EQ(host_make_file("/b", 10, 2), 0);
}

static void make_c(void)
{
  CHECK_EQ(host_mkdir(NULL, "/c"), 0);
}

/* Another thread makes the name after it was looked up and not found; the
 * third lock of an inode is that of the directory that gets the name. */
static void name_that_is_made_meanwhile(void)
{
  char bytes[20];
  host_new_disk(BLOCKS, INODES);
  host_before_lock("inode", 3, make_b);
  struct file *file = fileopen(NULL, "/b", O_CREATE | O_RDWR);
  CHECK_EQ(fileread(file, uio_kernel(bytes), sizeof(bytes)), 10);
  fileclose(file);
  host_before_lock("inode", 3, make_c);
  CHECK_EQ(host_mkdir(NULL, "/c"), -1);
  host_before_lock(NULL, 0, NULL);
  CHECK_EQ(host_nlink("/b"), 1);
  CHECK_EQ(cache_held(&icache), 0);
  check_disk();
}

static void unlinked_file_lives_until_closed(void)
{
  char byte = 0;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 60000, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDWR);
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(host_exists("/a"), -1);
  CHECK_EQ(fileread(file, uio_kernel(&byte), 1), 1);
  CHECK_EQ(filewrite(file, uio_kernel(&byte), 1), 1);
  fileclose(file);
  check_disk();
}

static void removed_directory_takes_no_names(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/a", 10, 1), 0);
  struct inode *dir = host_directory(NULL, "/d");
  CHECK_EQ(fs_unlink(NULL, "/d"), 0);
  CHECK_EQ(host_mkdir(dir, "e"), -1);
  CHECK(fileopen(dir, "f", O_CREATE | O_RDWR) == NULL);
  CHECK_EQ(fs_link(dir, "/a", "g"), -1);
  iput(dir);
  check_disk();
}

static void removed_directory_still_leads_up(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d/e"), 0);
  struct inode *dir = host_directory(NULL, "/d/e");
  CHECK_EQ(fs_unlink(NULL, "/d/e"), 0);
  CHECK_EQ(host_mkdir(dir, "../f"), 0);
  CHECK_EQ(fs_unlink(dir, "../f"), 0);
  CHECK_EQ(fs_unlink(NULL, "/d"), 0);

  /* Its parent is gone, too, and has left its number to another directory. */
  struct stat stat;
  struct file *new_parent;
  CHECK_EQ(host_mkdir(NULL, "/new"), 0);
  CHECK_EQ(host_make_file("/new/a", 10, 1), 0);
  new_parent = fileopen(NULL, "/new", O_RDONLY);
  CHECK_EQ(filestat(new_parent, &stat), 0);
  CHECK_EQ(stat.ino, ROOTINO + 1);
  fileclose(new_parent);
  CHECK_EQ(fs_unlink(dir, "../a"), -1);
  CHECK(namei(dir, "..") == NULL);
  CHECK(namei(dir, ".") == dir);
  iput(dir);
  iput(dir);
  check_disk();
}

/* A reference to the last of many removed directories, each in the one before,
 * keeps no other in memory. */
static void removed_directory_holds_no_other(void)
{
  enum {
    DEPTH = 600,
    HELD_AT_MOST = 10
  };
  host_new_disk(3000, DEPTH + 100);
  struct inode *dir = host_directory(NULL, "/");
  for (uint i = 0; i < DEPTH; i++) {
    CHECK_EQ(host_mkdir(dir, "d"), 0);
    struct inode *below = host_directory(dir, "d");
    iput(dir);
    dir = below;
  }
  /* Were they held, the table would be full at last, and wait for ever. */
  struct inode *above = host_directory(dir, "..");
  for (uint i = 1; i < DEPTH && cache_held(&icache) < HELD_AT_MOST; i++) {
    CHECK_EQ(fs_unlink(above, "d"), 0);
    struct inode *next = host_directory(above, "..");
    iput(above);
    above = next;
  }
  iput(above);
  CHECK_EQ(cache_held(&icache), 1);
  iput(dir);
  CHECK_EQ(fs_unlink(NULL, "/d"), 0);
  CHECK_EQ(cache_held(&icache), 0);
  check_disk();
}

static void out_of_inodes_is_an_error(void)
{
  char path[20];
  uint made = 0;
  host_new_disk(BLOCKS, 50);
  do
    snprintf(path, sizeof(path), "/f%u", made++);
  while (host_make_file(path, 0, 0) == 0);
  CHECK_EQ(made, 49);
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  check_disk();
  CHECK_EQ(fs_unlink(NULL, "/f7"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  check_disk();
}

static void directory_grows_and_is_reused(void)
{
  char path[20];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 10, 1), 0);
  for (uint i = 0; i < 300; i++) {
    snprintf(path, sizeof(path), "/x%u", i);
    CHECK_EQ(fs_link(NULL, "/a", path), 0);
  }
  CHECK_EQ(host_nlink("/a"), 301);
  int size = host_size("/");
  CHECK_EQ(fs_unlink(NULL, "/x17"), 0);
  CHECK_EQ(fs_link(NULL, "/a", "/y"), 0);
  CHECK_EQ(host_size("/"), size);
  check_disk();
}

/* Each name that takes a directory's first block by way of the indirect one
 * fits the smallest transaction of its kind, with nothing in the log yet. */
static void directory_gets_an_indirect_block(void)
{
  const uint nentries = NDIRECT * BSIZE / sizeof(struct dirent);
  char path[20];
  for (int is_mkdir = 0; is_mkdir < 2; is_mkdir++) {
    host_new_disk(BLOCKS, INODES);
    CHECK_EQ(host_make_file("/a", 10, 1), 0);
    for (uint i = host_size("/") / sizeof(struct dirent); i < nentries; i++) {
      snprintf(path, sizeof(path), "/x%u", i);
      CHECK_EQ(fs_link(NULL, "/a", path), 0);
    }
    CHECK_EQ(host_size("/"), NDIRECT * BSIZE);
    CHECK_EQ(log_sync(), 0);
    CHECK_EQ(is_mkdir ? host_mkdir(NULL, "/y") : fs_link(NULL, "/a", "/y"), 0);
    CHECK_EQ(host_exists("/y"), 0);
    check_disk();
  }
}

/* What the name cache knows is true after each change of a directory. */
static void names_are_known_as_they_are(void)
{
  char path[20];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/f", 10, 1), 0);
  for (uint i = 0; i < 8; i++) {
    CHECK_EQ(host_exists("/a"), -1);
    CHECK_EQ(host_exists("/a"), -1);
    if (i % 4 == 0)
      CHECK_EQ(host_make_file("/a", 20, 2), 0);
    else if (i % 4 == 1)
      CHECK_EQ(host_mkdir(NULL, "/a"), 0);
    else if (i % 4 == 2)
      CHECK_EQ(fs_mknod(NULL, "/a", T_DEVICE, 1, 1), 0);
    else
      CHECK_EQ(fs_link(NULL, "/f", "/a"), 0);
    CHECK_EQ(host_exists("/a"), 0);
    CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  }
  /* More than it holds: each name is thrown out, and found again. */
  for (uint i = 0; i < 700; i++) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(host_exists(path), -1);
    CHECK_EQ(fs_link(NULL, "/f", path), 0);
  }
  for (uint i = 0; i < 700; i += 2) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(fs_unlink(NULL, path), 0);
  }
  for (uint i = 0; i < 700; i++) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(host_exists(path), i % 2 == 0 ? -1 : 0);
  }
  check_disk();
}

/* A directory leaves its number to one elsewhere, and nothing that was known
 * of its names. */
static void names_go_with_their_directory(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d/e"), 0);
  CHECK_EQ(host_exists("/d/e/./../e"), 0);
  CHECK_EQ(host_exists("/d/e/x"), -1);
  struct inode *old = host_directory(NULL, "/d/e"), *new;
  CHECK_EQ(fs_unlink(NULL, "/d/e"), 0);
  CHECK_EQ(host_exists("/d/e/."), -1);
  CHECK(namei(old, "x") == NULL);
  uint number = old->entry.number;
  iput(old);
  CHECK_EQ(host_mkdir(NULL, "/new"), 0);
  new = host_directory(NULL, "/new");
  CHECK_EQ(new->entry.number, number);
  CHECK_EQ(host_make_file("/new/x", 10, 1), 0);
  CHECK_EQ(host_exists("/new/x"), 0);
  struct inode *root = host_directory(new, "..");
  CHECK_EQ(root->entry.number, ROOTINO);
  iput(root);
  iput(new);
  check_disk();
}

/* What fails after it was looked up leaves what is known of the name. */
static void names_that_cannot_be_made_are_absent(void)
{
  host_new_disk(100, INODES);
  CHECK_EQ(host_make_file("/f", 100 * BSIZE, 1), -1); /* the disk is full */
  CHECK_EQ(host_exists("/d"), -1);
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  CHECK_EQ(host_exists("/d"), -1);
  CHECK_EQ(fs_unlink(NULL, "/f"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(fs_link(NULL, "/d", "/l"), -1);
  CHECK_EQ(host_exists("/l"), -1);
  CHECK_EQ(host_make_file("/d/f", 10, 1), 0);
  CHECK_EQ(fs_unlink(NULL, "/d"), -1);
  CHECK_EQ(host_exists("/d/f"), 0);
  check_disk();
}

static void disk_errors_are_errors(void)
{
  char bytes[BSIZE];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/d/a", 100000, 1), 0);
  CHECK_EQ(log_sync(), 0);
  for (uint after = 0; after < 8; after++) {
    CHECK(host_remount() == NULL);
    uint64 digest = host_tree_digest();
    CHECK(host_remount() == NULL);
    host_disk_fail(DISK_READ, after);
    struct file *file = fileopen(NULL, "/d/a", O_RDWR);
    if (file) {
      int got = fileread(file, uio_kernel(bytes), BSIZE);
      CHECK(got == -1 || got == BSIZE);
      fileclose(file);
    }
    if (host_mkdir(NULL, "/d/e") == 0)
      CHECK_EQ(fs_unlink(NULL, "/d/e"), 0);
    host_disk_heal();
    CHECK(host_tree_digest() == digest);
    check_disk();
  }
}

static int link_file(void)
{
  return fs_link(NULL, "/d/a", "/e/new");
}

static int make_directory(void)
{
  return host_mkdir(NULL, "/e/new");
}

static int make_file(void)
{
  return host_make_file("/e/new", 0, 0);
}

static int remove_large_file(void)
{
  return fs_unlink(NULL, "/d/a");
}

static int remove_directory(void)
{
  return fs_unlink(NULL, "/e/x");
}

/* Mount this disk and do it while reads fail: one, or all from the mount on,
 * each after so many. It is done, or the disk is as it was. Whether it came to
 * a failure. */
static bool act_and_fail(const uint8 *disk, bool from_mount, uint after,
                         int (*act)(void), uint64 not_done, uint64 done)
{
  int result = -1;
  host_disk_load(disk, BLOCKS * BSIZE);
  if (from_mount)
    host_disk_fail(DISK_READ, after);
  const char *problem = host_remount();
  if (!from_mount)
    host_disk_fail_once(DISK_READ, after);
  if (!problem)
    result = act();
  bool failed = host_disk_failures() > 0;
  CHECK(failed || result == 0);
  host_disk_heal();
  if (problem)
    CHECK(host_remount() == NULL);
  CHECK(host_tree_digest() == (result == 0 ? done : not_done));
  CHECK_EQ(cache_held(&icache), 0);
  CHECK_EQ(log_sync(), 0);
  CHECK(host_remount() == NULL);
  CHECK(host_tree_digest() == (result == 0 ? done : not_done));
  check_disk();
  return failed;
}

static void failed_read_leaves_no_half(void)
{
  static int (*const acts[])(void) = {link_file, make_directory, make_file,
                                      remove_large_file, remove_directory};
  static uint8 disk[BLOCKS * BSIZE];
  char path[20];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/d/a", 100000, 1), 0);
  for (uint i = 0; i < 2 * IPB; i++) { /* so that inodes are in many blocks */
    snprintf(path, sizeof(path), "/d/f%u", i);
    CHECK_EQ(host_make_file(path, 0, 0), 0);
  }
  CHECK_EQ(host_mkdir(NULL, "/e"), 0);
  CHECK_EQ(host_mkdir(NULL, "/e/x"), 0);
  CHECK_EQ(log_sync(), 0);
  memcpy(disk, host_disk_bytes(), sizeof(disk));
  uint64 before = host_tree_digest();
  for (uint i = 0; i < ARRAY_LEN(acts); i++) {
    host_disk_load(disk, sizeof(disk));
    CHECK(host_remount() == NULL);
    CHECK_EQ(acts[i](), 0);
    uint64 done = host_tree_digest();
    for (int from_mount = 0; from_mount < 2; from_mount++) {
      uint after = 0;
      while (act_and_fail(disk, from_mount, after, acts[i], before, done))
        after++;
      CHECK(after > 1);
    }
  }
}

int main(void)
{
  RUN(makes_and_finds_files);
  RUN(follows_relative_paths);
  RUN(cuts_names);
  RUN(links_and_unlinks);
  RUN(refuses_what_exists);
  RUN(name_that_is_made_meanwhile);
  RUN(unlinked_file_lives_until_closed);
  RUN(removed_directory_takes_no_names);
  RUN(removed_directory_still_leads_up);
  RUN(removed_directory_holds_no_other);
  RUN(out_of_inodes_is_an_error);
  RUN(directory_grows_and_is_reused);
  RUN(directory_gets_an_indirect_block);
  RUN(names_are_known_as_they_are);
  RUN(names_go_with_their_directory);
  RUN(names_that_cannot_be_made_are_absent);
  RUN(disk_errors_are_errors);
  RUN(failed_read_leaves_no_half);
  return check_result();
}
