/* The disk's limits: its blocks, its inodes, a large directory. */
#include "usertests.h"

static char block[BSIZE];

/* Names until a directory has many blocks, and away again. */
void test_bigdir(void)
{
  const int n = 500;
  char name[DIRSIZ + 1];
  struct stat st;

  must_make_empty("bd");
  for (int i = 0; i < n; i++)
    MUST_EQ(link("bd", numbered(name, "x", i)), 0);
  MUST_EQ(stat("bd", &st), 0);
  MUST_EQ(st.nlink, n + 1);
  must_unlink("bd");
  for (int i = 0; i < n; i++)
    must_unlink(numbered(name, "x", i));
  MUST(!exists("x0"));
}

/* Write blocks to a new file until that fails: how many. */
static int fill_file(const char *name)
{
  int fd = open(name, O_CREATE | O_WRONLY | O_TRUNC);
  int nblocks = 0;

  if (fd < 0)
    return 0;
  while (write(fd, block, BSIZE) == BSIZE)
    nblocks++;
  must_close(fd);
  return nblocks;
}

/* Fill the disk with files, the first of which is "full0". Blocks taken. */
static int fill_disk(void)
{
  char name[DIRSIZ + 1];
  int total = 0, nblocks, n = 0;

  while ((nblocks = fill_file(numbered(name, "full", n++))) > 0)
    total += nblocks;
  return total;
}

/* Writes from a bad address take no block, though each might have. */
void test_badwrite(void)
{
  const int more_than_the_disk = FSSIZE + 500;

  for (int i = 0; i < more_than_the_disk; i++) {
    int fd = must_open("junk", O_CREATE | O_WRONLY);

    MUST_REFUSE(write(fd, (char *)0xFFFFFFFFFFUL, 1));
    must_close(fd);
    must_unlink("junk");
  }
  write_file("junk", BSIZE, 1);
  check_file("junk", BSIZE, 1);
}

/* On a full disk all that needs a block is refused; when it is emptied, just
 * as much fits as before. */
void test_diskfull(void)
{
  int room = fill_disk();

  MUST(room > 0);
  MUST(fill_file("another") == 0);
  MUST_REFUSE(mkdir("directory"));
  MUST(!exists("directory"));
  MUST_REFUSE(chdir("directory"));
  empty_directory();
  sync();
  MUST_EQ(fill_disk(), room);
}

/* Inodes end before blocks do. */
void test_outofinodes(void)
{
  const int most = 1000;
  char name[DIRSIZ + 1];
  int n = 0, fd;

  while (n < most && (fd = open(numbered(name, "z", n), O_CREATE)) >= 0) {
    must_close(fd);
    n++;
  }
  MUST(n > 0 && n < most);
  MUST_REFUSE(mkdir("directory"));
  must_unlink("z0");
  MUST_EQ(mkdir("directory"), 0);
}
