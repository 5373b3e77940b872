/* Directories and paths: what can be named, and what must not be. */
#include "usertests.h"

void test_dirtest(void)
{
  struct stat above, back;

  MUST_EQ(stat(".", &above), 0);
  MUST_EQ(mkdir("dir0"), 0);
  MUST_REFUSE(mkdir("dir0"));
  MUST_EQ(chdir("dir0"), 0);
  MUST_EQ(chdir(".."), 0);
  MUST_EQ(stat(".", &back), 0);
  MUST_EQ(back.ino, above.ino);
  must_unlink("dir0");
  MUST_REFUSE(chdir("dir0"));
}

static bool is_same_file(const char *one, const char *other)
{
  struct stat a, b;

  return stat(one, &a) == 0 && stat(other, &b) == 0 && a.ino == b.ino;
}

/* Paths up and down two directories, and all ways to go wrong there. */
static const char *const names_of_ffff[] = {
    "dd/dd/ffff",
    "dd/dd/../dd/ffff",
    "./dd/./dd//ffff",
    "dd/../dd/dd/ffff///",
};
static const char *const not_to_open[] = {
    "ffff", "dd/dd/ff/ff", "dd/ff/ff", "dd/xx/ff", "dd/dd/ffff/x", "dd/nothing",
};
static const char *const not_to_create[] = {
    "dd/ff/ff", "dd/xx/ff", "dd/dd", "dd/dd/", "dd", ".", "..", "",
};
static const char *const not_to_enter[] = {"dd/ff", "dd/xx", "dd/dd/ffff"};
static const char *const not_to_unlink[] = {
    "dd", "dd/ff/ff", "dd/xx/ff", "dd/nothing", "dd/dd/.", "dd/dd/..", "",
};

static void must_go_wrong(void)
{
  for (int i = 0; i < COUNT_OF(not_to_open); i++)
    MUST_REFUSE(open(not_to_open[i], O_RDONLY));
  for (int i = 0; i < COUNT_OF(not_to_create); i++) {
    MUST_REFUSE(open(not_to_create[i], O_CREATE | O_RDWR));
    MUST_REFUSE(mkdir(not_to_create[i]));
    MUST_REFUSE(link("dd/ff", not_to_create[i]));
    MUST_REFUSE(mknod(not_to_create[i], STATS, 0));
  }
  for (int i = 0; i < COUNT_OF(not_to_enter); i++)
    MUST_REFUSE(chdir(not_to_enter[i]));
  for (int i = 0; i < COUNT_OF(not_to_unlink); i++)
    MUST_REFUSE(unlink(not_to_unlink[i]));
  MUST_REFUSE(open("dd", O_RDWR));
  MUST_REFUSE(open("dd", O_WRONLY | O_TRUNC));
  MUST_REFUSE(link("dd", "dd/link"));
  MUST_REFUSE(link("dd/dd/nothing", "dd/link"));
  MUST_REFUSE(link("dd/ff", "dd/dd/ffff"));
}

void test_subdir(void)
{
  MUST_EQ(mkdir("dd"), 0);
  write_file("dd/ff", 2, 1);
  MUST_EQ(mkdir("dd/dd"), 0);
  write_file("dd/dd/ffff", 4, 2);
  must_go_wrong();
  for (int i = 0; i < COUNT_OF(names_of_ffff); i++)
    check_file(names_of_ffff[i], 4, 2);

  MUST_EQ(link("dd/dd/ffff", "dd/dd/ff"), 0);
  must_unlink("dd/dd/ffff");
  MUST(!exists("dd/dd/ffff"));
  MUST_EQ(chdir("dd/../dd/./dd"), 0);
  check_file("ff", 4, 2);
  check_file("../ff", 2, 1);
  MUST_EQ(chdir("../.."), 0);

  MUST_REFUSE(unlink("dd"));
  must_unlink("dd/ff");
  MUST_REFUSE(unlink("dd"));
  must_unlink("dd/dd/ff");
  must_unlink("dd/dd");
  must_unlink("dd");
}

/* Only the first 14 bytes of a name count, wherever it stands. */
void test_fourteen(void)
{
  MUST_EQ(mkdir("12345678901234"), 0);
  MUST_EQ(mkdir("12345678901234/123456789012345"), 0);
  MUST_REFUSE(mkdir("123456789012345"));
  MUST_REFUSE(mkdir("12345678901234/12345678901234"));
  write_file("123456789012345/12345678901234X/new", 3, 1);
  check_file("12345678901234/12345678901234/new", 3, 1);
  MUST(!is_same_file("12345678901234", "12345678901234/12345678901234"));
  MUST(!exists("1234567890123"));
}

void test_rmdot(void)
{
  MUST_EQ(mkdir("dots"), 0);
  MUST_EQ(chdir("dots"), 0);
  MUST_REFUSE(unlink("."));
  MUST_REFUSE(unlink(".."));
  MUST_REFUSE(unlink("../dots/."));
  MUST_EQ(chdir("/"), 0);
  MUST_REFUSE(unlink("/"));
  MUST_REFUSE(unlink("/."));
  MUST_REFUSE(unlink("/usertests.tmp/dots/.."));
  must_unlink("/usertests.tmp/dots");
}

/* A file is no directory. */
void test_dirfile(void)
{
  must_make_empty("dirfile");
  MUST_REFUSE(chdir("dirfile"));
  MUST_REFUSE(open("dirfile/xx", O_RDONLY));
  MUST_REFUSE(open("dirfile/xx", O_CREATE | O_RDWR));
  MUST_REFUSE(mkdir("dirfile/xx"));
  MUST_REFUSE(mknod("dirfile/xx", STATS, 0));
  MUST_REFUSE(unlink("dirfile/xx"));
  MUST_REFUSE(link("/echo", "dirfile/xx"));
  must_unlink("dirfile");

  MUST_REFUSE(write(must_open(".", O_RDONLY), "x", 1));
}

/* Failed calls keep no inode: there are fewer in memory than directories
 * here, in each of which the same calls fail. */
void test_iref(void)
{
  for (int i = 0; i < NINODE + 1; i++) {
    MUST_EQ(mkdir("irefd"), 0);
    MUST_EQ(chdir("irefd"), 0);
    MUST_REFUSE(mkdir(""));
    MUST_REFUSE(link("/echo", ""));
    MUST_REFUSE(link("..", "xx"));
    MUST_REFUSE(open("", O_CREATE));
    MUST_REFUSE(open("..", O_CREATE));
    must_make_empty("xx");
    must_unlink("xx");
  }
}

/* The working directory goes while somebody is in it. */
static void remove_own_directory(const char *name)
{
  MUST_EQ(mkdir(name), 0);
  MUST_EQ(chdir(name), 0);
  must_unlink(name[0] == '/' ? name : "../iputdir");
  MUST_REFUSE(open("file", O_CREATE | O_RDWR));
}

void test_iput(void)
{
  remove_own_directory("iputdir");
  MUST_EQ(chdir("/"), 0);
  MUST_REFUSE(chdir("/usertests.tmp/iputdir"));
}

static void exit_in_removed_directory(uint64 unused)
{
  (void)unused;
  remove_own_directory("iputdir");
}

/* The same, with exit as the last user of the directory. */
void test_exitiput(void)
{
  must_pass(exit_in_removed_directory, 0);
  MUST(!exists("iputdir"));
}

static void open_directory_to_write(uint64 times)
{
  for (uint64 i = 0; i < times; i++)
    MUST_REFUSE(open("oidir", O_RDWR));
}

/* The same, with a failing open as the last user. */
void test_openiput(void)
{
  for (int i = 0; i < 5; i++) {
    MUST_EQ(mkdir("oidir"), 0);
    must_spawn(open_directory_to_write, 100);
    pause(i % 2);
    must_unlink("oidir");
    must_all_pass(1);
  }
}

void test_linktest(void)
{
  struct stat st;

  write_file("lf1", 5, 1);
  MUST_EQ(link("lf1", "lf2"), 0);
  MUST(is_same_file("lf1", "lf2"));
  MUST_EQ(stat("lf1", &st), 0);
  MUST_EQ(st.nlink, 2);
  must_unlink("lf1");
  MUST(!exists("lf1"));
  check_file("lf2", 5, 1);

  MUST_REFUSE(link("lf2", "lf2"));
  must_unlink("lf2");
  MUST_REFUSE(link("lf2", "lf1"));
  MUST_REFUSE(link(".", "lf1"));
}
