/* The checker of disks: every rule broken on purpose, then disks with random
 * damage. What is mended is clean, can be mounted, and has all that was not
 * hit. */
#include "mkfs/check.h"
#include <stdlib.h>
#include <string.h>
#include "fs/file.h"
#include "fs/dir.h"
#include "fs/log.h"
#include "kernel/stat.h"
#include "lib/base.h"
#include "tests/host/check.h"
#include "tests/host/damage.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"

#define BLOCKS 600
#define INODES 64
#define ROUNDS 4000

/* The inodes of the sound disk. */
enum {
  DIR_D = 2,
  DIR_E,
  FILE_A,
  FILE_B,
  FILE_C,
  DEVICE
};

#define A_BYTES 3000
#define B_BYTES 40000
#define C_BYTES 500

static uchar sound[BLOCKS * BSIZE], work[BLOCKS * BSIZE];
static struct disk disk; /* work */
static char *said;

static void makes_a_sound_disk(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(host_mkdir(NULL, "/d"), 0);
  CHECK_EQ(host_mkdir(NULL, "/d/e"), 0);
  CHECK_EQ(host_make_file("/a", A_BYTES, FILE_A), 0);
  CHECK_EQ(host_make_file("/d/b", B_BYTES, FILE_B), 0);
  CHECK_EQ(host_make_file("/d/e/c", C_BYTES, FILE_C), 0);
  CHECK_EQ(fs_link(NULL, "/a", "/d/a"), 0);
  CHECK_EQ(fs_mknod(NULL, "/dev", T_DEVICE, CONSOLE, 0), 0);
  CHECK_EQ(log_sync(), 0);
  memcpy(sound, host_disk_bytes(), sizeof(sound));
}

/* Check work as the first blocks of an image; said is what comes out. */
static struct check_result check(uint64 image_blocks)
{
  size_t length;
  free(said);
  FILE *out = open_memstream(&said, &length);
  struct check_result result = check_image(work, BLOCKS, image_blocks, out);
  fclose(out);
  return result;
}

static void restore(void)
{
  memcpy(work, sound, sizeof(work));
  disk = host_disk_of(work);
}

/* Ways to break a disk. */
enum poke {
  SUPER,    /* field where = value */
  LOG_N,    /* n = value */
  LOG_HOME, /* n = 1, block[0] = value */
  TYPE,     /* of inode where; and so on */
  NLINK,
  SIZE,
  ADDR0, /* the first block number of inode where */
  LAST_ADDR,
  SHARED,   /* ... is that of inode value */
  INDIRECT, /* the numbers in the indirect block of inode where */
  TARGET,   /* of entry which of directory where */
  NAME,     /* the same */
  BIT,      /* of block where */
};

struct fault {
  const char *message;
  enum poke poke;
  uint where;
  uint value;
  uint which;
  const char *name;
};

enum {
  MAGIC,
  FIELD_SIZE,
  NBLOCKS,
  NINODES,
  NLOG,
  LOGSTART,
  INODESTART
};
#define BMAPSTART 7
#define SOME_ENTRY 2
#define OTHER_ENTRY 3

static const struct fault faults[] = {
    {"(magic)", SUPER, MAGIC, .value = 7},
    {"(size)", SUPER, FIELD_SIZE, .value = 2 * BLOCKS},
    {"(size)", SUPER, FIELD_SIZE, .value = BLOCKS / 2},
    {"(size)", SUPER, FIELD_SIZE, .value = ~0u},
    {"(nblocks)", SUPER, NBLOCKS, .value = 100},
    {"(nblocks)", SUPER, NBLOCKS, .value = ~0u},
    {"(ninodes)", SUPER, NINODES, .value = 20},
    {"(ninodes)", SUPER, NINODES, .value = 1000},
    {"(nlog)", SUPER, NLOG, .value = 5},
    {"(nlog)", SUPER, NLOG, .value = ~0u},
    {"(logstart)", SUPER, LOGSTART, .value = 1},
    {"(inodestart)", SUPER, INODESTART, .value = 20},
    {"(bmapstart)", SUPER, BMAPSTART, .value = 38},
    {"(bmapstart)", SUPER, BMAPSTART, .value = 1},
    {"log: it has more blocks than", LOG_N, 0, .value = LOGBLOCKS + 1},
    {"log: it has more blocks than", LOG_N, 0, .value = -1},
    {"log: it names a block", LOG_HOME, 0, .value = 1},
    {"log: it names a block", LOG_HOME, 0, .value = BLOCKS},
    {"inode 0, which is none", TYPE, 0, .value = T_FILE},
    {"inode 4 has the unknown type 9; make it a file", TYPE, FILE_A,
     .value = 9},
    {"inode 2 has the unknown type -1; make it a dir", TYPE, DIR_D,
     .value = -1},
    {"inode 4 is free and has links or blocks", TYPE, FILE_A, .value = 0},
    {"inode 1, the root, is not a directory", TYPE, ROOTINO, .value = T_FILE},
    {"inode 7 is a device and has content", SIZE, DEVICE, .value = 10},
    {"inode 7 is a device and has content", ADDR0, DEVICE, .value = 100},
    {"inode 4 has 1 numbers of blocks outside the data, such as 600", ADDR0,
     FILE_A, .value = BLOCKS},
    {"inode 5 has 1 numbers of blocks outside the data", LAST_ADDR, FILE_B,
     .value = 2},
    {"inode 5 has 256 numbers of blocks outside", INDIRECT, FILE_B, .value = 1},
    {" is of inode 4 and of 6; give the second a copy", SHARED, FILE_C,
     .value = FILE_A},
    {"inode 4 has 274433 bytes, and blocks for 3072", SIZE, FILE_A,
     .value = MAXFILE * BSIZE + 1},
    {"inode 4 has 3073 bytes, and blocks for 3072", SIZE, FILE_A,
     .value = 3073},
    {"inode 2 has 274433 bytes, and blocks for 274432", SIZE, DIR_D,
     .value = MAXFILE * BSIZE + 1},
    {"inode 4 lacks 1 of its blocks", ADDR0, FILE_A, .value = 0},
    {"directory 2 ends within an entry", SIZE, DIR_D, .value = 5 * 16 + 1},
    {". of directory 2 is not inode 2", TARGET, DIR_D, .value = 3, .which = 0},
    {". of directory 2 is not inode 2", NAME, DIR_D, .value = 0, .which = 0,
     .name = "x"},
    {". of directory 2 is not inode 2", ADDR0, DIR_D, .value = 0},
    {".. of directory 3 is not inode 2", TARGET, DIR_E, .value = 1, .which = 1},
    {".. of directory 3 is not inode 2", NAME, DIR_E, .value = 0, .which = 1,
     .name = "x"},
    {"has no name", NAME, DIR_D, .value = 0, .which = OTHER_ENTRY, .name = ""},
    {"(a/b to inode 5) has a slash", NAME, DIR_D, .value = 0,
     .which = OTHER_ENTRY, .name = "a/b"},
    {"(. to inode 5) is out of place", NAME, DIR_D, .value = 0,
     .which = OTHER_ENTRY, .name = "."},
    {"names an inode that the disk does not have", TARGET, DIR_D,
     .value = INODES, .which = OTHER_ENTRY},
    {"(e to inode 60) names a free inode", TARGET, DIR_D, .value = 60,
     .which = SOME_ENTRY},
    {"(e to inode 1) is a second name for a dir", TARGET, DIR_D, .value = 1,
     .which = SOME_ENTRY},
    {"(e to inode 2) is a second name for a dir", TARGET, DIR_D, .value = 2,
     .which = SOME_ENTRY},
    {"directory 2 has e twice", NAME, DIR_D, .value = 0, .which = OTHER_ENTRY,
     .name = "e"},
    {"inode 5 has no name; name it in lost+found", TARGET, DIR_D, .value = 0,
     .which = OTHER_ENTRY},
    {"inode 3 has no name; name it in lost+found", TARGET, DIR_D, .value = 0,
     .which = SOME_ENTRY},
    {"inode 7 is empty and has no name; free it", NAME, ROOTINO, .value = 0,
     .which = 4, .name = ""},
    {"inode 4 counts 1 links and has 2", NLINK, FILE_A, .value = 1},
    {"inode 4 counts -1 links and has 2", NLINK, FILE_A, .value = -1},
    {"inode 2 counts 0 links and has 2", NLINK, DIR_D, .value = 0},
    {"inode 1 counts 9 links and has 2", NLINK, ROOTINO, .value = 9},
    {"blocks 0 to 0 are in use and marked as free", BIT, 0, .value = 0},
    {"blocks 40 to 40 are in use and marked as free", BIT, 40, .value = 0},
    {"blocks 599 to 599 are free and marked as in use", BIT, BLOCKS - 1,
     .value = 1},
};

static void poke_inode(const struct fault *fault, struct dinode *inode)
{
  switch (fault->poke) {
  case TYPE:
    inode->type = fault->value;
    break;
  case NLINK:
    inode->nlink = fault->value;
    break;
  case SIZE:
    inode->size = fault->value;
    break;
  case ADDR0:
    inode->addrs[0] = fault->value;
    break;
  case LAST_ADDR:
    inode->addrs[NDIRECT] = fault->value;
    break;
  case SHARED:
    inode->addrs[0] = disk_inode(&disk, fault->value)->addrs[0];
    break;
  default:
    break;
  }
}

static void poke(const struct fault *fault)
{
  struct logheader *header = disk_block(&disk, disk.super.logstart);
  struct dinode *inode = disk_inode(&disk, fault->where % INODES);
  struct dirent *entry = disk_entry_at(&disk, inode, fault->which);
  switch (fault->poke) {
  case SUPER:
    ((uint *)disk_block(&disk, SUPER_BLOCK))[fault->where] = fault->value;
    break;
  case LOG_N:
    header->n = fault->value;
    break;
  case LOG_HOME:
    *header = (struct logheader){.n = 1, .block = {fault->value}};
    break;
  case INDIRECT:
    for (uint i = 0; i < NINDIRECT; i++)
      ((uint *)disk_block(&disk, inode->addrs[NDIRECT]))[i] = fault->value;
    break;
  case TARGET:
    entry->inum = fault->value;
    break;
  case NAME:
    memset(entry->name, 0, DIRSIZ);
    memcpy(entry->name, fault->name, strlen(fault->name));
    break;
  case BIT:
    disk_mark(&disk, fault->where, fault->value);
    break;
  default:
    poke_inode(fault, inode);
  }
}

/* A kernel mounts what was mended, can use it, and leaves it clean. */
static void check_use(void)
{
  host_disk_load(work, sizeof(work));
  const char *problem = host_remount();
  CHECK(problem == NULL);
  if (problem)
    return;
  host_tree_digest();
  host_make_file("/new", B_BYTES, 1);
  CHECK_EQ(log_sync(), 0);
  memcpy(work, host_disk_bytes(), sizeof(work));
  CHECK_EQ(check(BLOCKS).faults, 0);
}

/* A file by one of the names that it may have now. */
static bool is_kept(const char *const *path, uint nbytes, uint seed)
{
  while (*path && host_check_file(*path, nbytes, seed) < 0)
    path++;
  return *path != NULL;
}

/* The files that a fault does not hit itself are all there. */
static void check_kept(const struct fault *fault)
{
  static const char *const a[] = {"/a", "/d/a", NULL};
  static const char *const b[] = {"/d/b", "/lost+found/#5", "/lost+found/#2/b",
                                  NULL};
  static const char *const c[] = {"/d/e/c", "/lost+found/#3/c",
                                  "/lost+found/#6", NULL};
  bool in_inode = fault->poke >= TYPE && fault->poke <= INDIRECT;
  if (!in_inode || fault->where != FILE_A || fault->poke == NLINK)
    CHECK(is_kept(a, A_BYTES, FILE_A));
  if (!in_inode || fault->where != FILE_B)
    CHECK(is_kept(b, B_BYTES, FILE_B));
  if (!in_inode || fault->where != FILE_C)
    CHECK(is_kept(c, C_BYTES, FILE_C));
}

static void says_and_mends_each_fault(void)
{
  for (uint i = 0; i < ARRAY_LEN(faults); i++) {
    int before = check_failures_here;
    restore();
    poke(&faults[i]);
    struct check_result result = check(BLOCKS);
    CHECK(result.faults > 0);
    CHECK_EQ(result.stuck, 0);
    CHECK(strstr(said, faults[i].message) != NULL);
    if (!strstr(said, faults[i].message))
      printf("  expected: %s; said: %s", faults[i].message, said);
    CHECK_EQ(check(BLOCKS).faults, 0);
    check_use();
    check_kept(&faults[i]);
    if (check_failures_here > before)
      printf("  that was fault %u: %s\n", i, faults[i].message);
  }
}

static void finds_nothing_on_a_sound_disk(void)
{
  restore();
  CHECK_EQ(check(BLOCKS).faults, 0);
  CHECK_EQ(strlen(said), 0);
  CHECK(memcmp(work, sound, sizeof(work)) == 0);
}

/* What the next mount does by itself. */
static void notes_what_is_pending(void)
{
  restore();
  struct logheader *header = disk_block(&disk, disk.super.logstart);
  uint home = disk.super.inodestart;
  *header = (struct logheader){.n = 1, .block = {home}};
  memcpy(disk_block(&disk, disk.super.logstart + 1), disk_block(&disk, home),
         BSIZE);
  memset(disk_block(&disk, home), 0xFF, BSIZE);
  CHECK_EQ(check(BLOCKS).faults, 0);
  CHECK(strstr(said, "the log holds 1 blocks") != NULL);
  CHECK_EQ(header->n, 0);

  restore();
  memset(disk_entry_at(&disk, disk_inode(&disk, DIR_D), OTHER_ENTRY), 0,
         sizeof(struct dirent));
  disk_inode(&disk, FILE_B)->nlink = 0;
  CHECK_EQ(check(BLOCKS).faults, 0);
  CHECK(strstr(said, "inode 5 was removed while open") != NULL);
  check_use();
}

/* Two directories in each other, and nowhere else. */
static void opens_a_circle(void)
{
  restore();
  memset(disk_entry_at(&disk, disk_inode(&disk, ROOTINO), SOME_ENTRY), 0,
         sizeof(struct dirent));
  *disk_entry_at(&disk, disk_inode(&disk, DIR_E), SOME_ENTRY) =
      (struct dirent){.inum = DIR_D, .name = "up"};
  CHECK(check(BLOCKS).faults > 0);
  CHECK(strstr(said, "inode 2 has no name; name it in lost+found") != NULL);
  CHECK(strstr(said, "(up to inode 2) is a second name") != NULL);
  CHECK_EQ(check(BLOCKS).faults, 0);
  check_use();
  CHECK_EQ(host_check_file("/lost+found/#2/b", B_BYTES, FILE_B), 0);
}

static void adds_a_missing_end(void)
{
  restore();
  CHECK_EQ(check(BLOCKS - 10).faults, 1);
  CHECK(strstr(said, "the image has 590 blocks and its superblock says 600"));
}

/* Two wrong fields, or none at all. */
static void gives_up_without_a_superblock(void)
{
  restore();
  uint *field = disk_block(&disk, SUPER_BLOCK);
  field[MAGIC] = field[BMAPSTART] = 0;
  CHECK_EQ(check(BLOCKS).stuck, 1);
  CHECK(strstr(said, "superblock: it is not that of a file system") != NULL);
  CHECK_EQ(check_image(work, 1, 1, stdout).stuck, 1);
}

/* No inode is free for lost+found. (These devices without names are freed,
 * but later.) */
static void names_in_the_root(void)
{
  restore();
  *disk_entry_at(&disk, disk_inode(&disk, DIR_D), OTHER_ENTRY) =
      (struct dirent){0};
  for (uint i = DEVICE; i < INODES; i++)
    disk_inode(&disk, i)->type = T_DEVICE;
  CHECK_EQ(check(BLOCKS).stuck, 0);
  CHECK(strstr(said, "inode 5 has no name; name it in the root") != NULL);
  CHECK_EQ(check(BLOCKS).faults, 0);
}

static void mends_random_damage(void)
{
  uint mended = 0;
  for (uint seed = 0; seed < ROUNDS; seed++) {
    int before = check_failures_here;
    restore();
    host_damage(work, seed);
    if (check(BLOCKS).stuck == 0) {
      CHECK_EQ(check(BLOCKS).faults, 0);
      check_use();
      mended++;
    }
    if (check_failures_here > before)
      printf("  that was seed %u\n", seed);
  }
  CHECK(mended > ROUNDS * 9 / 10);
}

int main(void)
{
  RUN(makes_a_sound_disk);
  RUN(finds_nothing_on_a_sound_disk);
  RUN(says_and_mends_each_fault);
  RUN(notes_what_is_pending);
  RUN(opens_a_circle);
  RUN(adds_a_missing_end);
  RUN(gives_up_without_a_superblock);
  RUN(names_in_the_root);
  RUN(mends_random_damage);
  free(said);
  return check_result();
}
