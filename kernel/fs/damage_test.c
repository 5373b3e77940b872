/* Damaged disks: a mount is refused with a phrase, or what can be used is
 * used; nothing crashes, waits for itself, or reads and writes where it must
 * not. */
#include "fs/dir.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "fs/super.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "tests/host/check.h"
#include "tests/host/damage.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/stubs.h"
#include "tests/host/threads.h"

#define BLOCKS 600
#define INODES 64
#define DEPTH 3
#define PATH_ROOM (DEPTH * (1 + DIRSIZ) + 1)
#define IMAGES 12000
#define LIMIT_SECONDS 60 /* for one image, which takes milliseconds */

static uint8 sound[BLOCKS * BSIZE]; /* a disk with something on it */
static uint8 work[BLOCKS * BSIZE];

static void make_sound_disk(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d/e"), 0);
  CHECK_EQ(host_make_file("/a", 3000, 1), 0);
  CHECK_EQ(host_make_file("/d/b", 40000, 2), 0);
  CHECK_EQ(fs_link(NULL, "/a", "/d/a"), 0);
  CHECK_EQ(fs_mknod(NULL, "/dev", T_DEVICE, CONSOLE, 0), 0);
  CHECK_EQ(log_sync(), 0);
  memcpy(sound, host_disk_bytes(), sizeof(sound));
}

static char bytes[20 * BSIZE];

/* As the system calls do. */
static void read_and_write(const char *path)
{
  struct file *file = fileopen(NULL, path, O_RDWR);
  if (file) {
    fileread(file, uio_kernel(bytes), BSIZE);
    filewrite(file, uio_kernel(bytes), sizeof(bytes));
    fileclose(file);
  }
}

/* As exec does. */
static void read_program(const char *path)
{
  struct inode *inode = namei_locked(NULL, path, T_FILE);
  if (inode) {
    readi(inode, uio_kernel(bytes), 0, sizeof(bytes));
    readi(inode, uio_kernel(bytes), 100, BSIZE);
    iunlock(inode);
    iput(inode);
  }
}

/* Look at all that can be reached by paths of depth more elements: directories
 * may go round in circles. */
static void look_around(const char *path, uint depth)
{
  struct stat stat;
  struct dirent entry;
  struct file *file = fileopen(NULL, *path ? path : "/", O_RDONLY);
  if (!file)
    return;
  if (filestat(file, &stat) < 0 || stat.type != T_DIR || depth == 0)
    fileread(file, uio_kernel(bytes), sizeof(bytes));
  else
    while (fileread(file, uio_kernel(&entry), sizeof(entry)) > 0) {
      char below[PATH_ROOM];
      if (entry.inum == 0 || entry.name[0] == '.')
        continue;
      snprintf(below, sizeof(below), "%s/%.*s", path, DIRSIZ, entry.name);
      look_around(below, depth - 1);
    }
  fileclose(file);
}

/* In a working directory, which goes away meanwhile. */
static void work_in(const char *path)
{
  struct inode *cwd = host_directory(NULL, path);
  if (cwd) {
    fs_unlink(NULL, path);
    host_mkdir(cwd, "new");
    fs_mknod(cwd, "../node", T_DEVICE, 1, 1);
    fs_link(cwd, "../a", "new/a");
    fs_unlink(cwd, "new");
    iput(cwd);
  }
}

/* Everything that one can do, whatever comes of it. */
static void use_everything(void)
{
  static const char *const path[] = {"/a",   "/d",     "/d/b", "/d/a", "/d/e",
                                     "/d/x", "/d/e/y", "/dev", "/",    "/d/.."};
  uint count = ARRAY_LEN(path);
  look_around("", DEPTH);
  for (uint i = 0; i < count; i++) {
    read_and_write(path[i]);
    read_program(path[i]);
    host_make_file(path[i], 15000, i);
    host_mkdir(NULL, path[i]);
    fs_link(NULL, path[i], path[(i + 3) % count]);
    fs_unlink(NULL, path[(i + 5) % count]);
    work_in(path[i]);
  }
  look_around("", DEPTH);
  log_sync();
}

/* No write goes to the superblock, which lies before the log, or outside the
 * disk. */
static void check_writes(void)
{
  for (uint i = 0; i < host_trace_length(); i++) {
    if (host_trace_op(i) == DISK_WRITE)
      CHECK(host_trace_block(i) >= super.logstart);
  }
  CHECK_EQ(host_disk_outside(), 0);
}

/* Returns whether it could be mounted. */
static bool mount_and_use(void)
{
  alarm(LIMIT_SECONDS);
  host_disk_load(work, sizeof(work));
  host_trace_start();
  printed_clear();
  bool mounted = host_remount() == NULL;
  host_set_killed(true); /* reading the console must not wait */
  if (mounted)
    use_everything();
  check_writes();
  alarm(0);
  return mounted;
}

static void superblock_is_checked(void)
{
  static const uint values[] = {
      0,  1,  2,      3,       9,          10,         31,        32,
      33, 45, BLOCKS, 1000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  for (uint field = 0; field < sizeof(struct superblock) / sizeof(uint);
       field++) {
    for (uint i = 0; i < ARRAY_LEN(values); i++) {
      memcpy(work, sound, sizeof(work));
      ((uint *)(work + BSIZE))[field] = values[i];
      mount_and_use();
    }
  }
}

static const char *mount_with_field(uint field, uint value)
{
  memcpy(work, sound, sizeof(work));
  ((uint *)(work + BSIZE))[field] = value;
  host_disk_load(work, sizeof(work));
  return host_remount();
}

static void phrases_say_what_is_wrong(void)
{
  static const struct {
    uint field, value;
    const char *phrase;
  } bad[] = {
      {0, 7, "there is no file system on it"},
      {1, BLOCKS + 1, "the file system is larger than the disk"},
      {2, BLOCKS, "the bitmap is misplaced"},
      {3, 100000, "the inodes are misplaced"},
      {3, 1, "there are no inodes"},
      {4, 10, "the log is too small"},
      {4, 32, "the log is misplaced"},
      {5, 1, "the log is misplaced"},
      {6, 2, "the log is misplaced"},
      {7, BLOCKS, "the bitmap is misplaced"},
  };
  for (uint i = 0; i < ARRAY_LEN(bad); i++) {
    const char *problem = mount_with_field(bad[i].field, bad[i].value);
    CHECK(problem != NULL && strcmp(problem, bad[i].phrase) == 0);
  }
  CHECK(mount_with_field(0, FSMAGIC) == NULL);
}

/* A header that lies is refused, and nothing is written. */
static void log_header_is_checked(void)
{
  static const int bad_n[] = {-1, LOGBLOCKS + 1, 0x7FFFFFFF, -0x7FFFFFFF - 1};
  static const int bad_block[] = {0, 1, 2, 20, BLOCKS, -1, 0x7FFFFFFF};
  struct logheader header = {.n = 1};
  for (uint i = 0; i < ARRAY_LEN(bad_n) + ARRAY_LEN(bad_block); i++) {
    memcpy(work, sound, sizeof(work));
    if (i < ARRAY_LEN(bad_n))
      header.n = bad_n[i];
    else
      header = (struct logheader){.n = 1,
                                  .block = {bad_block[i - ARRAY_LEN(bad_n)]}};
    memcpy(work + 2 * BSIZE, &header, sizeof(header));
    host_disk_load(work, sizeof(work));
    CHECK(host_remount() != NULL);
    CHECK_EQ(host_disk_count(DISK_WRITE), 0);
  }
}

static struct dinode *inode_in_work(uint inum)
{
  struct superblock sb;
  memcpy(&sb, work + BSIZE, sizeof(sb));
  return (struct dinode *)(work + (uint64)IBLOCK(inum, sb) * BSIZE) +
         inum % IPB;
}

static void root_is_checked(void)
{
  static const struct dinode bad[] = {
      {.type = T_FILE, .nlink = 1}, {.type = T_DIR, .nlink = 0}, {.type = 0}};
  static const char *const phrase[] = {"the root is no directory",
                                       "the root is no directory",
                                       "the root directory cannot be read"};
  for (uint i = 0; i < ARRAY_LEN(bad); i++) {
    memcpy(work, sound, sizeof(work));
    *inode_in_work(ROOTINO) = bad[i];
    host_disk_load(work, sizeof(work));
    const char *problem = host_remount();
    CHECK(problem != NULL && strcmp(problem, phrase[i]) == 0);
  }
}

/* Inode 4 is /a. */
static void bad_block_number_is_an_error(void)
{
  static const uint bad[] = {1, 2, 37, BLOCKS, 0xFFFFFFFF};
  char byte = 'x';
  for (uint i = 0; i < ARRAY_LEN(bad); i++) {
    memcpy(work, sound, sizeof(work));
    inode_in_work(4)->addrs[0] = bad[i];
    host_disk_load(work, sizeof(work));
    CHECK(host_remount() == NULL);
    printed_clear();
    struct file *file = fileopen(NULL, "/a", O_RDWR);
    CHECK(file != NULL);
    CHECK_EQ(fileread(file, uio_kernel(&byte), 1), -1);
    CHECK(strstr(printed(), "inode 4 has the bad block number") != NULL);
    CHECK_EQ(filewrite(file, uio_kernel(&byte), 1), -1);
    fileclose(file);
    CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  }
}

static void damaged_inode_cannot_be_opened(void)
{
  static const struct dinode bad[] = {{.type = 9, .nlink = 1},
                                      {.type = -1, .nlink = 1},
                                      {.type = T_FILE, .nlink = -3},
                                      {.type = T_FILE, .nlink = 1, .size = ~0u},
                                      {.type = 0}};
  for (uint i = 0; i < ARRAY_LEN(bad); i++) {
    memcpy(work, sound, sizeof(work));
    *inode_in_work(4) = bad[i];
    host_disk_load(work, sizeof(work));
    CHECK(host_remount() == NULL);
    CHECK(fileopen(NULL, "/a", O_RDONLY) == NULL);
    CHECK_EQ(host_exists("/d"), 0);
  }
}

/* What cannot be locked takes no name, and no new inode stays behind. */
static void no_inode_is_lost_to_a_damaged_directory(void)
{
  static const short bad_type[] = {0, 9};
  for (uint i = 0; i < ARRAY_LEN(bad_type); i++) {
    memcpy(work, sound, sizeof(work));
    inode_in_work(4)->type = bad_type[i];
    host_disk_load(work, sizeof(work));
    CHECK(host_remount() == NULL);
    CHECK(fileopen(NULL, "/a/x", O_CREATE | O_RDWR) == NULL);
    CHECK_EQ(host_mkdir(NULL, "/a/x"), -1);
    CHECK_EQ(log_sync(), 0);
    memcpy(work, host_disk_bytes(), sizeof(work));
    CHECK_EQ(inode_in_work(4)->type, bad_type[i]);
    for (uint inum = 7; inum < INODES; inum++)
      CHECK_EQ(inode_in_work(inum)->type, 0);
  }
}

/* Directories that contain themselves must not make a thread wait for
 * itself. */
static void loops_of_directories(void)
{
  memcpy(work, sound, sizeof(work));
  *inode_in_work(3) = *inode_in_work(2); /* /d/e has the entries of /d */
  mount_and_use();
  memcpy(work, sound, sizeof(work));
  *inode_in_work(3) = *inode_in_work(ROOTINO);
  mount_and_use();
}

/* A directory that has lost its name, but not all links, holds no other. */
static void a_link_too_many(void)
{
  memcpy(work, sound, sizeof(work));
  inode_in_work(3)->nlink = 2; /* /d/e */
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  CHECK_EQ(fs_unlink(NULL, "/d/e"), 0);
  CHECK_EQ(cache_held(&icache), 0);
}

/* An inode that has as many links as fit gets no other. */
static void links_that_cannot_be_counted(void)
{
  memcpy(work, sound, sizeof(work));
  inode_in_work(4)->nlink = MAX_NLINK; /* /a */
  inode_in_work(2)->nlink = MAX_NLINK; /* /d */
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  CHECK_EQ(fs_link(NULL, "/a", "/x"), -1);
  CHECK_EQ(host_mkdir(NULL, "/d/x"), -1);
  CHECK_EQ(host_exists("/x"), -1);
  CHECK_EQ(host_exists("/d/x"), -1);
  CHECK_EQ(host_nlink("/a"), MAX_NLINK);
  CHECK_EQ(host_nlink("/d"), MAX_NLINK);
  CHECK_EQ(host_make_file("/d/x", 10, 1), 0);
  CHECK_EQ(cache_held(&icache), 0);
}

/* A block of a file that the bitmap has as free is said, and stays free. */
static void block_in_use_is_marked_free(void)
{
  struct superblock sb;
  memcpy(work, sound, sizeof(work));
  memcpy(&sb, work + BSIZE, sizeof(sb));
  uint blockno = inode_in_work(4)->addrs[0];
  uint8 *byte = work + (uint64)sb.bmapstart * BSIZE + blockno / 8;
  *byte &= ~(1 << blockno % 8);
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  printed_clear();
  CHECK_EQ(host_write("/a", O_WRONLY | O_TRUNC, "", 0), 0);
  CHECK(strstr(printed(), "was in use and is marked free") != NULL);
  CHECK_EQ(host_size("/a"), 0);
}

/* While a file is read whose block the bitmap has as free, the block becomes a
 * new directory's: that stays whole. */
static void read_while_a_directory_is_made(uint self)
{
  if (self == 0)
    (void)host_check_file("/a", 3000, 1);
  else
    CHECK_EQ(host_mkdir(NULL, "/new"), 0);
}

static void block_is_read_and_given_away(void)
{
  struct superblock sb;
  memcpy(work, sound, sizeof(work));
  memcpy(&sb, work + BSIZE, sizeof(sb));
  uint blockno = inode_in_work(4)->addrs[0];
  work[(uint64)sb.bmapstart * BSIZE + blockno / 8] &= ~(1 << blockno % 8);
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  /* From now on, only the file's data is not in memory. */
  CHECK_EQ(host_exists("/a"), 0);
  CHECK_EQ(host_write("/d/b", O_WRONLY | O_TRUNC, "", 0), 0);
  host_disk_on_read(host_threads_yield);
  host_threads_run(2, read_while_a_directory_is_made);
  host_disk_on_read(NULL);
  CHECK_EQ(host_exists("/new/."), 0);
  CHECK_EQ(host_exists("/new/.."), 0);
}

/* A file has a block twice: whoever reads all of it does not wait for its own
 * read. */
static void block_is_in_a_file_twice(void)
{
  static char bytes[3000];
  memcpy(work, sound, sizeof(work));
  uint *addrs = inode_in_work(4)->addrs;
  addrs[1] = addrs[0];
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  struct file *file = fileopen(NULL, "/a", O_RDONLY);
  CHECK_EQ(fileread(file, uio_kernel(bytes), sizeof(bytes)), sizeof(bytes));
  CHECK_EQ(memcmp(bytes, bytes + BSIZE, BSIZE), 0);
  fileclose(file);
}

/* Two entries of a directory have one name: when the first goes, it is the
 * second's. */
static void name_that_is_there_twice(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_make_file("/a", 10, 1), 0);
  CHECK_EQ(host_make_file("/b", 20, 2), 0);
  CHECK_EQ(log_sync(), 0);
  memcpy(work, host_disk_bytes(), sizeof(work));
  for (uint at = 0; at < sizeof(work); at += sizeof(struct dirent)) {
    struct dirent *entry = (struct dirent *)(work + at);
    if (entry->inum != 0 && strncmp(entry->name, "b", DIRSIZ) == 0)
      entry->name[0] = 'a';
  }
  host_disk_load(work, sizeof(work));
  CHECK(host_remount() == NULL);
  CHECK_EQ(host_exists("/b"), -1);
  CHECK_EQ(host_size("/a"), 10);
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(host_size("/a"), 20);
  CHECK_EQ(fs_unlink(NULL, "/a"), 0);
  CHECK_EQ(host_exists("/a"), -1);
}

/* The indirect block of /d/b (inode 5) names itself, and is marked free. */
static void indirect_block_names_itself(void)
{
  memcpy(work, sound, sizeof(work));
  uint indirect = inode_in_work(5)->addrs[NDIRECT];
  uint *numbers = (uint *)(work + (uint64)indirect * BSIZE);
  for (uint i = 0; i < NINDIRECT; i += 2)
    numbers[i] = indirect;
  mount_and_use();
}

static void random_damage(void)
{
  uint mounted = 0;
  for (uint seed = 0; seed < IMAGES; seed++) {
    int before = check_failures_here;
    memcpy(work, sound, sizeof(work));
    host_damage(work, seed);
    mounted += mount_and_use();
    if (check_failures_here > before)
      printf("  that was seed %u\n", seed);
  }
  printf("  %u damaged images, %u of them mounted\n", IMAGES, mounted);
  CHECK(mounted > IMAGES / 4 && mounted < IMAGES);
}

int main(void)
{
  RUN(make_sound_disk);
  host_never_printed = NULL;
  RUN(superblock_is_checked);
  RUN(phrases_say_what_is_wrong);
  RUN(log_header_is_checked);
  RUN(root_is_checked);
  RUN(bad_block_number_is_an_error);
  RUN(damaged_inode_cannot_be_opened);
  RUN(no_inode_is_lost_to_a_damaged_directory);
  RUN(loops_of_directories);
  RUN(a_link_too_many);
  RUN(links_that_cannot_be_counted);
  RUN(block_in_use_is_marked_free);
  RUN(block_is_read_and_given_away);
  RUN(block_is_in_a_file_twice);
  RUN(name_that_is_there_twice);
  RUN(indirect_block_names_itself);
  RUN(random_damage);
  return check_result();
}
