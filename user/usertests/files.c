/* One file at a time: opening, writing, truncating, its largest size. */
#include "usertests.h"

static char bytes[8 * BSIZE];

/* A file keeps one content, whoever has it open since when. */
void test_truncate1(void)
{
  int writer, reader, late_reader;

  write_file("file", 4, 1);
  writer = must_open("file", O_WRONLY | O_TRUNC);
  reader = must_open("file", O_RDONLY);
  MUST_EQ(read(reader, bytes, sizeof(bytes)), 0);
  must_write(writer, "abcd", 4);
  MUST_EQ(read(reader, bytes, sizeof(bytes)), 4);

  must_close(must_open("file", O_WRONLY | O_TRUNC));
  late_reader = must_open("file", O_RDONLY);
  MUST_EQ(read(reader, bytes, sizeof(bytes)), 0);
  MUST_EQ(read(late_reader, bytes, sizeof(bytes)), 0);

  must_write(must_open("file", O_WRONLY), "efghij", 6);
  MUST_EQ(read(late_reader, bytes, sizeof(bytes)), 6);
  MUST(memcmp(bytes, "efghij", 6) == 0);
  MUST_EQ(read(reader, bytes, sizeof(bytes)), 2);
  MUST(memcmp(bytes, "ij", 2) == 0);
}

/* A file has no holes: who stands behind its end after a truncation cannot
 * write there. */
void test_truncate2(void)
{
  int fd = must_open("file", O_CREATE | O_TRUNC | O_WRONLY);

  must_write(fd, "abcd", 4);
  must_close(must_open("file", O_WRONLY | O_TRUNC));
  MUST_REFUSE(write(fd, "x", 1));
}

static void truncate_and_read(uint64 times)
{
  for (uint64 i = 0; i < times; i++) {
    int writer = must_open("file", O_WRONLY);
    int reader;

    must_write(writer, "1234567890", 10);
    must_close(writer);
    reader = must_open("file", O_RDONLY);
    MUST(read(reader, bytes, 32) >= 0);
    must_close(reader);
  }
}

/* One writes at the file's begin and reads, another keeps cutting it. */
void test_truncate3(void)
{
  must_make_empty("file");
  must_spawn(truncate_and_read, 100);
  for (int i = 0; i < 150; i++) {
    int fd = must_open("file", O_CREATE | O_WRONLY | O_TRUNC);

    must_write(fd, "xxxxx", 5);
    must_close(fd);
  }
  must_all_pass(1);
}

void test_opentest(void)
{
  struct stat st;
  int fd = must_open("/echo", O_RDONLY);

  MUST_EQ(fstat(fd, &st), 0);
  MUST_EQ(st.type, T_FILE);
  MUST_REFUSE(write(fd, bytes, 1));
  must_close(fd);
  MUST_REFUSE(open("nothing", O_RDONLY));
  MUST_REFUSE(open("nothing", O_RDWR | O_TRUNC));
  fd = must_open("new", O_CREATE | O_WRONLY);
  MUST_REFUSE(read(fd, bytes, 1));
  must_close(fd);
  for (int i = FIRST_FREE_FD; i < NOFILE; i++)
    MUST_EQ(must_open("new", O_RDWR), i);
  MUST_REFUSE(open("new", O_RDWR));
  MUST_REFUSE(dup(FIRST_FREE_FD));
  MUST_REFUSE(pipe((int *)bytes));
}

/* Many small writes; what they made, and that it can go. */
void test_writetest(void)
{
  const int times = 100, size = 10;
  int fd = must_open("small", O_CREATE | O_RDWR);

  for (int i = 0; i < times; i++) {
    fill_text(bytes, 2 * size, 1, 2 * i * size);
    must_write(fd, bytes, size);
    must_write(fd, bytes + size, size);
  }
  must_close(fd);
  check_file("small", 2 * times * size, 1);
  must_unlink("small");
  MUST(!exists("small"));
}

/* As large as files get, and not a byte larger. */
void test_writebig(void)
{
  int fd;

  write_file("big", MAXFILE * BSIZE, 1);
  check_file("big", MAXFILE * BSIZE, 1);

  fd = must_open("big", O_RDWR);
  for (uint block = 0; block < MAXFILE; block++)
    must_read(fd, bytes, BSIZE);
  MUST_REFUSE(write(fd, bytes, 1));
  must_close(fd);
  must_unlink("big");
}

void test_createtest(void)
{
  const int n = 52;
  char name[DIRSIZ + 1];

  for (int i = 0; i < n; i++)
    must_make_empty(numbered(name, "a", i));
  for (int i = 0; i < n; i++)
    must_unlink(numbered(name, "a", i));
  for (int i = 0; i < n; i++)
    MUST(!exists(numbered(name, "a", i)));
}

/* Writes of sizes around those of blocks and of one transaction. */
void test_bigwrite(void)
{
  static char long_text[(MAXOPBLOCKS + 2) * BSIZE];

  for (int size = 499; size < COUNT_OF(long_text); size += 471) {
    int fd = must_open("bigwrite", O_CREATE | O_RDWR);

    fill_text(long_text, size, size, 0);
    must_write(fd, long_text, size);
    must_close(fd);
    check_file("bigwrite", size, size);
    must_unlink("bigwrite");
  }
}

/* Written in pieces of one size, read in pieces of another, that do not fit
 * the blocks. */
void test_bigfile(void)
{
  const int pieces = 20, size = 600;
  int fd = must_open("bigfile", O_CREATE | O_WRONLY);

  for (int i = 0; i < pieces; i++) {
    fill_text(bytes, size, 1, i * size);
    must_write(fd, bytes, size);
  }
  must_close(fd);

  fd = must_open("bigfile", O_RDONLY);
  for (int at = 0; at < pieces * size; at += size / 2) {
    MUST_EQ(read(fd, bytes, size / 2), size / 2);
    must_be_text(bytes, size / 2, 1, at);
  }
  MUST_EQ(read(fd, bytes, size / 2), 0);
  must_close(fd);
}

/* A file whose name is gone is whole until its last close; a new one of the
 * same name is another. */
void test_unlinkread(void)
{
  int fd;

  write_file("file", 5, 1);
  fd = must_open("file", O_RDWR);
  must_unlink("file");
  write_file("file", 3, 2);

  must_read(fd, bytes, 5);
  must_be_text(bytes, 5, 1, 0);
  must_write(fd, bytes, 10);
  must_close(fd);
  check_file("file", 3, 2);
}

/* Both ends of a fork share the position: what each writes is there, and
 * nothing twice or lost. */
static void write_letters(uint64 fd_and_letter)
{
  char letters[10];

  memset(letters, (int)(fd_and_letter & 0xFF), sizeof(letters));
  for (int i = 0; i < 500; i++)
    must_write((int)(fd_and_letter >> 8), letters, sizeof(letters));
}

void test_sharedfd(void)
{
  int fd = must_open("shared", O_CREATE | O_RDWR);
  int count[2] = {0, 0}, n;

  must_spawn(write_letters, (uint64)fd << 8 | 'c');
  write_letters((uint64)fd << 8 | 'p');
  must_all_pass(1);
  must_close(fd);

  fd = must_open("shared", O_RDONLY);
  while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
    for (int i = 0; i < n; i++) {
      MUST(bytes[i] == 'c' || bytes[i] == 'p');
      count[bytes[i] == 'p']++;
    }
  }
  MUST_EQ(count[0], 5000);
  MUST_EQ(count[1], 5000);
  must_close(fd);
}
