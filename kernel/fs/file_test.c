/* Files on the host: their content, and the limits of files and disks. Each
 * test ends with the checker of images. */
#include "fs/file.h"
#include <stdio.h>
#include <string.h>
#include "fs/dir.h"
#include "fs/log.h"
#include "fs/super.h"
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

static void truncates(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 200000, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDWR);
  char bytes[2000];
  CHECK_EQ(fileread(file, uio_kernel(bytes), sizeof(bytes)), 2000);
  CHECK_EQ(host_write("/a", O_WRONLY | O_TRUNC, "", 0), 0);
  CHECK_EQ(host_size("/a"), 0);
  CHECK_EQ(fileread(file, uio_kernel(bytes), 10), 0);
  CHECK_EQ(filewrite(file, uio_kernel(bytes), 10), -1);
  fileclose(file);
  check_disk();
}

static void holds_the_largest_file(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/big", MAXFILE * BSIZE, 3), 0);
  CHECK_EQ(host_check_file("/big", MAXFILE * BSIZE, 3), 0);
  CHECK_EQ(host_make_file("/bigger", MAXFILE * BSIZE + 1, 3), -1);
  CHECK_EQ(fs_unlink(NULL, "/big"), 0);
  check_disk();
}

static void full_disk_is_an_error(void)
{
  char path[20], block[BSIZE] = "";
  uint files = 0;
  host_new_disk(400, INODES);
  for (int written = BSIZE; written == BSIZE && files < 100; files++) {
    snprintf(path, sizeof(path), "/f%u", files);
    struct file *file = fileopen(NULL, path, O_CREATE | O_WRONLY);
    CHECK(file != NULL);
    for (uint i = 0; i < 20 && written == BSIZE; i++)
      written = filewrite(file, uio_kernel(block), BSIZE);
    fileclose(file);
  }
  CHECK(files > 10 && files < 30);
  CHECK_EQ(host_mkdir(NULL, "/d"), -1);
  CHECK_EQ(host_exists("/d"), -1);
  check_disk();
  while (files-- > 0) {
    snprintf(path, sizeof(path), "/f%u", files);
    CHECK_EQ(fs_unlink(NULL, path), 0);
  }
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_make_file("/d/x", 200000, 1), 0);
  check_disk();
}

static void bad_address_leaves_a_sound_file(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 3000, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDWR);
  struct uio edge = host_user_uio(HOST_USER_BYTES - 1500);
  CHECK_EQ(filewrite(file, edge, 4000), -1);
  CHECK_EQ(host_size("/a"), 3000);
  CHECK_EQ(filewrite(file, uio_user(0), 4000), -1);
  CHECK_EQ(fileread(file, uio_user(0), 1), -1);
  CHECK_EQ(filewrite(file, edge, -1), -1);
  CHECK_EQ(fileread(file, edge, -1), -1);
  fileclose(file);
  uint64 digest = host_tree_digest();
  check_disk();
  CHECK(host_remount() == NULL);
  CHECK(host_tree_digest() == digest);
}

static void devices_open_by_major_number(void)
{
  struct stat stat;
  char byte = 0;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(fs_mknod(NULL, "/none", T_DEVICE, NDEV, 0), 0);
  CHECK_EQ(fs_mknod(NULL, "/minus", T_DEVICE, -1, 0), 0);
  CHECK_EQ(fs_mknod(NULL, "/zero", T_DEVICE, 0, 0), 0);
  CHECK_EQ(fs_mknod(NULL, "/stats", T_DEVICE, STATS, 0), 0);
  CHECK(fileopen(NULL, "/none", O_RDWR) == NULL);
  CHECK(fileopen(NULL, "/minus", O_RDWR) == NULL);
  CHECK(fileopen(NULL, "/zero", O_RDWR) == NULL);
  struct file *file = fileopen(NULL, "/stats", O_RDONLY);
  CHECK(file != NULL);
  CHECK_EQ(filestat(file, &stat), 0);
  CHECK_EQ(stat.type, T_DEVICE);
  CHECK_EQ(filewrite(file, uio_kernel("walk"), 4), -1);
  CHECK_EQ(fileread(file, uio_kernel(&byte), 1), 1);
  fileclose(file);
  check_disk();
}

static void out_of_files_is_an_error(void)
{
  struct file *file[NFILE], *ends[2];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 10, 1), 0);
  for (uint i = 0; i < NFILE; i++) {
    file[i] = fileopen(NULL, "/a", O_RDONLY);
    CHECK(file[i] != NULL);
  }
  uint pages = host_pages_taken();
  CHECK(fileopen(NULL, "/new", O_CREATE) == NULL);
  CHECK_EQ(host_exists("/new"), -1);
  CHECK_EQ(pipealloc(&ends[0], &ends[1]), -1);
  fileclose(file[0]);
  CHECK_EQ(pipealloc(&ends[0], &ends[1]), -1);
  CHECK_EQ(host_pages_taken(), pages);
  for (uint i = 1; i < NFILE; i++)
    fileclose(file[i]);
  check_disk();
}

static void exec_reads_plain_files(void)
{
  char bytes[100];
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 3000, 1), 0);
  CHECK(namei_locked(NULL, "/", T_FILE) == NULL);
  CHECK(namei_locked(NULL, "/none", T_FILE) == NULL);
  struct inode *inode = namei_locked(NULL, "/a", T_FILE);
  CHECK_EQ(readi(inode, uio_kernel(bytes), 2950, 100), 50);
  CHECK_EQ(readi(inode, uio_kernel(bytes), 0xFFFFFFFF, 100), 0);
  iunlock(inode);
  iput(inode);
  check_disk();
}

/* The bitmap has three blocks here; a file lies across two of them. */
static void large_disk(void)
{
  char path[20];
  uint full = 30;
  host_new_disk(3 * BPB, INODES);
  for (uint i = 0; i < full; i++) {
    snprintf(path, sizeof(path), "/f%u", i);
    CHECK_EQ(host_make_file(path, MAXFILE * BSIZE, i), 0);
  }
  CHECK_EQ(host_make_file("/across", MAXFILE * BSIZE, 99), 0);
  CHECK_EQ(host_check_file("/across", MAXFILE * BSIZE, 99), 0);
  CHECK_EQ(fs_unlink(NULL, "/across"), 0);
  check_disk();
}

/* A file whose blocks lie in more bitmap blocks than a transaction has room
 * for goes in steps; after each one the disk is sound. */
static void shrinks_in_steps(void)
{
  struct transaction tx;
  int left = 1, steps = 0;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 20 * BSIZE, 1), 0);
  CHECK_EQ(log_sync(), 0); /* what a group has costs nothing */
  struct inode *inode = namei(NULL, "/a");
  for (; left > 0 && steps < 100; steps++) {
    CHECK_EQ(begin_op(&tx, 3), 0);
    CHECK_EQ(ilock(inode), 0);
    left = ishrink(&tx, inode);
    iunlock(inode);
    end_op(&tx);
    check_disk();
  }
  CHECK_EQ(left, 0);
  CHECK(steps > 5);
  CHECK_EQ(host_size("/a"), 0);
  iput(inode);
}

/* The first byte of a file that is not in memory brings the next blocks, too,
 * in requests that are in flight together, but none beyond the file's end. */
static void reads_ahead(void)
{
  const uint nblocks = NDIRECT + BLOAD_MAX;
  char byte = 0;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", nblocks * BSIZE, 1), 0);
  check_disk();
  CHECK(host_remount() == NULL);
  struct file *file = fileopen(NULL, "/a", O_RDONLY);
  uint before = host_disk_count(DISK_READ);
  host_disk_most_in_flight();
  CHECK_EQ(fileread(file, uio_kernel(&byte), 1), 1);
  CHECK_EQ(host_disk_count(DISK_READ) - before, 1 + BLOAD_MAX);
  CHECK_EQ(host_disk_most_in_flight(), BLOAD_MAX);
  fileclose(file);
  CHECK_EQ(host_check_file("/a", nblocks * BSIZE, 1), 0);
  CHECK_EQ(host_disk_count(DISK_READ) - before, 1 + nblocks);
}

/* Blocks that are read together fail together, and then one by one. */
static void reads_again_what_failed(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", NDIRECT * BSIZE, 1), 0);
  check_disk();
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_exists("/a"), 0);
  host_disk_fail_once(DISK_READ, 2);
  CHECK_EQ(host_check_file("/a", NDIRECT * BSIZE, 1), 0);
  CHECK_EQ(host_disk_failures(), 1);
}

/* On a damaged disk, a block may be in a file twice. */
static void reads_a_block_twice(void)
{
  char bytes[2 * BSIZE];
  struct stat stat;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 2 * BSIZE, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDONLY);
  CHECK_EQ(filestat(file, &stat), 0);
  fileclose(file);
  CHECK_EQ(log_sync(), 0);

  uint8 *block = host_disk_bytes() + IBLOCK(stat.ino, super) * BSIZE;
  struct dinode *inode = (struct dinode *)block + stat.ino % IPB;
  inode->addrs[1] = inode->addrs[0];
  CHECK(host_remount() == NULL);
  file = fileopen(NULL, "/a", O_RDONLY);
  CHECK_EQ(fileread(file, uio_kernel(bytes), sizeof(bytes)), 2 * BSIZE);
  CHECK(memcmp(bytes, bytes + BSIZE, BSIZE) == 0);
  fileclose(file);
}

/* What was learned of a file's blocks does not outlive its emptying, after
 * which they are another file's. */
static void forgets_blocks_that_are_gone(void)
{
  const uint nbytes = (NDIRECT + 20) * BSIZE;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", nbytes, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDONLY);
  CHECK_EQ(host_check_file("/a", nbytes, 1), 0);
  CHECK_EQ(host_write("/a", O_WRONLY | O_TRUNC, "", 0), 0);
  CHECK_EQ(host_make_file("/b", nbytes, 2), 0);
  CHECK_EQ(host_make_file("/a", nbytes, 3), 0);
  CHECK_EQ(host_check_file("/b", nbytes, 2), 0);
  CHECK_EQ(host_check_file("/a", nbytes, 3), 0);
  fileclose(file);
  check_disk();
}

/* An entry of the table of inodes that becomes another inode's has nothing of
 * the old one, also of what was learned of its indirect block. */
static void entries_are_used_again(void)
{
  const uint nfiles = NINODE + NFILE + 5 * NPROC; /* more than entries */
  const uint nbytes = (NDIRECT + 1) * BSIZE;
  char path[20];
  host_new_disk(20 * nfiles, nfiles + 2);
  for (uint i = 0; i < 2 * nfiles; i++) {
    snprintf(path, sizeof(path), "/f%u", i % nfiles);
    if (i < nfiles)
      CHECK_EQ(host_make_file(path, nbytes, i), 0);
    CHECK_EQ(host_check_file(path, nbytes, i % nfiles), 0);
  }
  check_disk();
}

/* What has been written home and belongs to no open file is referred to by
 * nobody. */
static void lets_blocks_go(void)
{
  char byte;
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 20 * BSIZE, 1), 0);
  struct file *file = fileopen(NULL, "/a", O_RDONLY);
  CHECK_EQ(host_check_file("/a", 20 * BSIZE, 1), 0);
  check_disk();
  CHECK_EQ(fileread(file, uio_kernel(&byte), 1), 1);
  /* The block used last, the indirect one, and one of the bitmap. */
  CHECK_EQ(cache_held(&bcache), 3);
  fileclose(file);
  CHECK_EQ(cache_held(&bcache), 1);
}

int main(void)
{
  RUN(truncates);
  RUN(holds_the_largest_file);
  RUN(full_disk_is_an_error);
  RUN(bad_address_leaves_a_sound_file);
  RUN(devices_open_by_major_number);
  RUN(out_of_files_is_an_error);
  RUN(exec_reads_plain_files);
  RUN(large_disk);
  RUN(shrinks_in_steps);
  RUN(reads_ahead);
  RUN(reads_again_what_failed);
  RUN(reads_a_block_twice);
  RUN(forgets_blocks_that_are_gone);
  RUN(entries_are_used_again);
  RUN(lets_blocks_go);
  return check_result();
}
