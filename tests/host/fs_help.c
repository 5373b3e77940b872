#include "tests/host/fs_help.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fs/file.h"
#include "fs/dir.h"
#include "fs/log.h"
#include "fs/super.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "lib/panic.h"
#include "mkfs/image.h"
#include "tests/host/disk.h"
#include "tests/host/fs_stubs.h"

void host_new_disk(uint nblocks, uint ninodes)
{
  struct image image;
  const char *problem = image_create(&image, nblocks, ninodes, LOGBLOCKS);
  if (problem)
    panic("%s", problem);
  host_disk_load(image.disk.bytes, (uint64)nblocks * BSIZE);
  image_free(&image);
  problem = host_remount();
  if (problem)
    panic("%s", problem);
}

const char *host_remount(void)
{
  host_boot();
  return fsinit();
}

void host_crash_committed(void)
{
  uint nsteps = 0, flushes = 0;
  host_trace_start();
  log_work();
  while (flushes < 2 && nsteps < host_trace_length())
    flushes += host_trace_op(nsteps++) == DISK_FLUSH;
  uint8 *image = malloc(host_disk_size());
  host_trace_crash(nsteps, 0, image);
  host_disk_load(image, host_disk_size());
  free(image);
}

static uint8 *pattern(uint nbytes, uint seed)
{
  uint8 *bytes = malloc(nbytes + 1);
  for (uint i = 0; i < nbytes; i++)
    bytes[i] = (seed * 31 + i / 7) ^ i;
  return bytes;
}

int host_write(const char *path, int mode, const void *bytes, int nbytes)
{
  struct file *file = fileopen(NULL, path, mode);
  if (!file)
    return -1;
  int written = filewrite(file, uio_kernel(bytes), nbytes);
  fileclose(file);
  return written;
}

int host_make_file(const char *path, uint nbytes, uint seed)
{
  uint8 *bytes = pattern(nbytes, seed);
  int written = host_write(path, O_CREATE | O_TRUNC | O_WRONLY, bytes, nbytes);
  free(bytes);
  return written == (int)nbytes ? 0 : -1;
}

int host_check_file(const char *path, uint nbytes, uint seed)
{
  struct file *file = fileopen(NULL, path, O_RDONLY);
  if (!file)
    return -1;
  uint8 *expected = pattern(nbytes, seed);
  uint8 *found = malloc(nbytes + 1);
  int got = fileread(file, uio_kernel(found), nbytes + 1);
  bool same = got == (int)nbytes && memcmp(found, expected, nbytes) == 0;
  free(found);
  free(expected);
  fileclose(file);
  return same ? 0 : -1;
}

int host_mkdir(struct inode *cwd, const char *path)
{
  return fs_mknod(cwd, path, T_DIR, 0, 0);
}

struct inode *host_directory(struct inode *cwd, const char *path)
{
  struct inode *dir = namei_locked(cwd, path, T_DIR);
  if (dir)
    iunlock(dir);
  return dir;
}

static int stat_path(const char *path, struct stat *stat)
{
  struct file *file = fileopen(NULL, path, O_RDONLY);
  if (!file)
    return -1;
  int result = filestat(file, stat);
  fileclose(file);
  return result;
}

int host_exists(const char *path)
{
  struct inode *inode = namei(NULL, path);
  if (!inode)
    return -1;
  iput(inode);
  return 0;
}

int host_size(const char *path)
{
  struct stat stat;
  return stat_path(path, &stat) < 0 ? -1 : (int)stat.size;
}

int host_nlink(const char *path)
{
  struct stat stat;
  return stat_path(path, &stat) < 0 ? -1 : stat.nlink;
}

static uint64 mix(uint64 digest, const void *bytes, size_t nbytes)
{
  const uint8 *at = bytes;
  for (size_t i = 0; i < nbytes; i++)
    digest = (digest ^ at[i]) * 0x100000001B3UL;
  return digest;
}

/* Damaged directories may contain each other. */
static uint paths_left;

static uint64 mix_path(uint64 digest, const char *path);

/* The entries of a directory but . and .., and what they name. */
static uint64 mix_entries(uint64 digest, struct file *dir, const char *path)
{
  struct dirent entry = {0};
  struct uio uio = uio_kernel(&entry);
  while (fileread(dir, uio, sizeof(entry)) == sizeof(entry)) {
    char name[DIRSIZ + 1] = "", below[512];
    memcpy(name, entry.name, DIRSIZ);
    if (entry.inum == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
      continue;
    snprintf(below, sizeof(below), "%s/%s", path, name);
    digest = mix_path(mix(digest, name, sizeof(name)), below);
  }
  return digest;
}

static uint64 mix_path(uint64 digest, const char *path)
{
  static uint8 bytes[MAXFILE * BSIZE];
  struct stat stat;
  if (paths_left == 0)
    return digest;
  paths_left--;
  struct file *file = fileopen(NULL, *path ? path : "/", O_RDONLY);
  if (!file)
    return mix(digest, "?", 1);
  if (filestat(file, &stat) == 0) {
    digest = mix(digest, &stat.type, sizeof(stat.type));
    digest = mix(digest, &stat.nlink, sizeof(stat.nlink));
    if (stat.type == T_DIR)
      digest = mix_entries(digest, file, path);
  }
  if (stat.type == T_FILE) {
    int length = fileread(file, uio_kernel(bytes), sizeof(bytes));
    digest = mix(digest, bytes, length < 0 ? 0 : length);
  }
  fileclose(file);
  return digest;
}

uint64 host_tree_digest(void)
{
  paths_left = HOST_MOST_PATHS;
  return mix_path(0xCBF29CE484222325UL, "");
}
