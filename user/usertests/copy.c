/* User buffers and strings at addresses where the user has nothing: every
 * copy is refused, and changes nothing. */
#include "usertests.h"

#define LONG_COPY (2 * PGSIZE)
#define CONSOLE_FD 1

static char longest_path[MAXPATH + 1];

/* No write takes bytes from va, whatever it writes to. */
static void must_not_be_a_source(uint64 va)
{
  struct pipe_ends ends = must_pipe();
  int fd = must_open("target", O_CREATE | O_RDWR | O_TRUNC);
  char byte;

  MUST_REFUSE(write(fd, (void *)va, LONG_COPY));
  MUST_EQ(read(fd, &byte, 1), 0);
  MUST_REFUSE(write(CONSOLE_FD, (void *)va, LONG_COPY));
  MUST_REFUSE(write(ends.out, (void *)va, LONG_COPY));
  must_close(ends.out);
  MUST_EQ(read(ends.in, &byte, 1), 0);
  must_close(ends.in);
  must_close(fd);
}

void test_copyin(void)
{
  for (int i = 0; i < foreign_address_count; i++)
    must_not_be_a_source(foreign_addresses[i]);
}

/* No read puts bytes at va, whatever it reads. */
static void must_not_be_a_target(uint64 va)
{
  struct pipe_ends ends = must_pipe();
  int fd = must_open("source", O_RDONLY);

  MUST_REFUSE(read(fd, (void *)va, LONG_COPY));
  must_write(ends.out, "bytes", 5);
  MUST_REFUSE(read(ends.in, (void *)va, LONG_COPY));
  must_close(ends.out);
  must_close(ends.in);
  must_close(fd);
}

void test_copyout(void)
{
  write_file("source", LONG_COPY, 1);
  for (int i = 0; i < foreign_address_count; i++)
    must_not_be_a_target(foreign_addresses[i]);
  must_not_be_a_target((uint64)test_copyout);
}

/* No call that takes a path takes this one, in any place. */
static void must_not_be_a_path(const char *path)
{
  char *argv[] = {"echo", NULL};

  MUST_REFUSE(open(path, O_CREATE | O_WRONLY));
  MUST_REFUSE(open(path, O_RDONLY));
  MUST_REFUSE(mkdir(path));
  MUST_REFUSE(mknod(path, STATS, 0));
  MUST_REFUSE(chdir(path));
  MUST_REFUSE(unlink(path));
  MUST_REFUSE(link(path, "new name"));
  MUST_REFUSE(link("old", path));
  MUST_REFUSE(exec(path, argv));
}

void test_copyinstr1(void)
{
  must_make_empty("old");
  for (int i = 0; i < foreign_address_count; i++)
    must_not_be_a_path((const char *)foreign_addresses[i]);
}

/* A path of this many bytes that names the file "f" by a detour. */
static char *detour_to_f(char *path, int length)
{
  memset(path, '/', length);
  path[0] = '.';
  path[length - 1] = 'f';
  path[length] = '\0';
  return path;
}

static void exec_with_argument(uint64 argument)
{
  char *argv[] = {"echo", (char *)argument, NULL};

  MUST_REFUSE(exec("/echo", argv));
}

/* Paths have MAXPATH - 1 bytes at most, an argument has to fit its page. */
void test_copyinstr2(void)
{
  static char too_long_argument[PGSIZE + 1];

  must_make_empty("old");
  must_make_empty("f");
  must_not_be_a_path(detour_to_f(longest_path, MAXPATH));
  MUST(exists(detour_to_f(longest_path, MAXPATH - 1)));

  memset(too_long_argument, 'x', PGSIZE);
  must_pass(exec_with_argument, (uint64)too_long_argument);
}

/* A string that memory ends before it does; the same one, ended in time. */
void test_copyinstr3(void)
{
  char *last;

  must_make_empty("old");
  align_break();
  last = must_grow(PGSIZE) + PGSIZE - 1;
  *last = 'f';
  must_not_be_a_path(last);
  must_pass(exec_with_argument, (uint64)last);

  last[-1] = 'f';
  last[0] = '\0';
  must_make_empty(last - 1);
  MUST(exists("f"));
  must_echo(last, "");
}

#define WORD 8
#define LONGEST_COPY (11 * WORD) /* eight words at a time, words, and bytes */

/* nbytes go from one place in a word to another, and no other byte does. */
static void copy_exactly(struct pipe_ends ends, int from, int to, int nbytes)
{
  static char source[LONGEST_COPY + 2 * WORD], target[LONGEST_COPY + 2 * WORD];
  const char untouched = 'u';

  fill_text(source, sizeof(source), nbytes, 0);
  memset(target, untouched, sizeof(target));
  must_write(ends.out, source + from, nbytes);
  MUST_EQ(read(ends.in, target + to, nbytes), nbytes);
  must_be_text(target + to, nbytes, nbytes, from);
  for (int i = 0; i < to; i++)
    MUST_EQ(target[i], untouched);
  for (int i = to + nbytes; i < COUNT_OF(target); i++)
    MUST_EQ(target[i], untouched);
}

/* A path of every short length, wherever in a word it begins. */
static void name_exactly(int from, int length)
{
  static char text[2 * WORD + DIRSIZ];
  char *path = text + from;

  memset(text, 'x', sizeof(text));
  path[length] = '\0';
  must_make_empty(path);
  memset(text, 'x', sizeof(text));
  text[length] = '\0';
  must_unlink(text);
}

/* Copies move words where they can: all cases of alignment. */
void test_alignments(void)
{
  struct pipe_ends ends = must_pipe();

  for (int from = 0; from < WORD; from++) {
    for (int to = 0; to < WORD; to++) {
      for (int nbytes = 1; nbytes <= LONGEST_COPY; nbytes++)
        copy_exactly(ends, from, to, nbytes);
    }
    for (int length = 1; length < DIRSIZ; length++)
      name_exactly(from, length);
  }
}

#define LONGEST_DETOUR 90

/* A path of this length, at least 2 more than the name's, that leads to name;
 * its NUL is at path[length]. */
static void make_detour(char *path, int length, const char *name)
{
  int detour = length - strlen(name);

  for (int i = 0; i < detour; i++)
    path[i] = i % 2 == 0 ? '.' : '/';
  if (detour % 2 == 1)
    path[detour - 1] = '/';
  strcpy(path + detour, name);
}

/* Strings move by rows of words, if they are plain: others, too, of all
 * lengths and wherever they end, up to the last byte that there is. */
void test_strings(void)
{
  const char *names[] = {"plain", "b\x80yond\xff"};
  char *end;

  align_break();
  end = must_grow(PGSIZE) + PGSIZE;
  for (int n = 0; n < COUNT_OF(names); n++) {
    int shortest = strlen(names[n]) + 2;
    must_make_empty(names[n]);
    for (int back = 1; back <= 4 * WORD; back++) {
      for (int length = shortest; length < LONGEST_DETOUR; length++) {
        char *path = end - back - length;
        memset(end - PGSIZE, 'x', PGSIZE);
        make_detour(path, length, names[n]);
        MUST(exists(path));
      }
    }
  }
}

/* Memory that was given back is no buffer, either way. */
void test_rwsbrk(void)
{
  char *gone = align_break();
  int fd;

  write_file("file", BSIZE, 2);
  must_grow(2 * PGSIZE);
  must_shrink(2 * PGSIZE);
  fd = must_open("file", O_RDWR);
  MUST_REFUSE(read(fd, gone + PGSIZE, BSIZE));
  MUST_REFUSE(write(fd, gone + PGSIZE, BSIZE));
  must_close(fd);
  check_file("file", BSIZE, 2);
}
