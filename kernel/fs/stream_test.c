/* Pipes, the console and the devices that count on the host. */
#include "fs/file.h"
#include <stdio.h>
#include <string.h>
#include "dev/uart.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "mm/aspace.h"
#include "mm/page.h"
#include "tests/host/check.h"
#include "tests/host/fs_help.h"
#include "tests/host/fs_stubs.h"
#include "tests/host/stubs.h"

#define BLOCKS 500
#define INODES 64

static struct file *reader, *writer; /* the ends of the pipe of a test */

static void open_pipe(void)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(pipealloc(&reader, &writer), 0);
}

static int put(const char *bytes, int nbytes)
{
  return filewrite(writer, uio_kernel(bytes), nbytes);
}

static int get(char *bytes, int nbytes)
{
  return fileread(reader, uio_kernel(bytes), nbytes);
}

static void pipe_carries_bytes_in_order(void)
{
  char bytes[10] = "";
  struct stat stat;
  open_pipe();
  CHECK_EQ(put("hello", 5), 5);
  CHECK_EQ(get(bytes, 3), 3);
  CHECK_EQ(get(bytes + 3, 10), 2);
  CHECK_EQ(strcmp(bytes, "hello"), 0);
  CHECK_EQ(get(bytes, 0), 0);
  CHECK_EQ(filewrite(reader, uio_kernel("x"), 1), -1);
  CHECK_EQ(fileread(writer, uio_kernel(bytes), 1), -1);
  CHECK_EQ(filestat(reader, &stat), -1);
  fileclose(writer);
  CHECK_EQ(get(bytes, 1), 0);
  fileclose(reader);
}

static void pipe_without_reader(void)
{
  open_pipe();
  fileclose(reader);
  CHECK_EQ(put("x", 1), -1);
  fileclose(writer);
}

/* Whoever waits for room or bytes is served a piece at a time. */
static char sent[20000], received[20000];
static uint nreceived;

static void read_a_piece(const void *channel)
{
  (void)channel;
  int got = get(received + nreceived, 700);
  CHECK(got > 0);
  nreceived += got;
}

static void pipe_larger_than_its_ring(void)
{
  open_pipe();
  for (uint i = 0; i < sizeof(sent); i++)
    sent[i] = i / 3 ^ i;
  nreceived = 0;
  host_on_sleep(read_a_piece);
  CHECK_EQ(put(sent, sizeof(sent)), sizeof(sent));
  while (nreceived < sizeof(sent))
    read_a_piece(NULL);
  CHECK_EQ(memcmp(sent, received, sizeof(sent)), 0);
  fileclose(reader);
  fileclose(writer);
}

static void close_reader_while_asleep(const void *channel)
{
  (void)channel;
  fileclose(reader);
}

static void killed_while_asleep(const void *channel)
{
  (void)channel;
  host_set_killed(true);
}

static void pipe_ends_that_go_away(void)
{
  char byte;
  open_pipe();
  host_on_sleep(close_reader_while_asleep);
  CHECK_EQ(put(sent, sizeof(sent)), -1);
  fileclose(writer);

  open_pipe();
  host_on_sleep(killed_while_asleep);
  CHECK_EQ(put(sent, sizeof(sent)), -1);
  host_set_killed(false);
  CHECK_EQ(get(received, sizeof(received)), PIPE_SIZE);
  CHECK_EQ(get(&byte, 1), -1);
  fileclose(reader);
  fileclose(writer);
}

static void pipe_and_bad_addresses(void)
{
  char bytes[200];
  open_pipe();
  uint pages = host_pages_taken();
  CHECK_EQ(filewrite(writer, host_user_uio(HOST_USER_BYTES - 100), 300), 100);
  CHECK_EQ(filewrite(writer, uio_user(8), 300), -1);
  CHECK_EQ(fileread(reader, host_user_uio(HOST_USER_BYTES - 60), 100), 60);
  CHECK_EQ(fileread(reader, uio_user(8), 10), -1);
  CHECK_EQ(get(bytes, 200), 40);
  fileclose(reader);
  fileclose(writer);
  CHECK_EQ(host_pages_taken(), pages - 1);
  host_pages_limit(0);
  CHECK_EQ(pipealloc(&reader, &writer), -1);
}

static struct file *console;

static void open_console(int mode)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(fs_mknod(NULL, "/console", T_DEVICE, CONSOLE, 0), 0);
  console = fileopen(NULL, "/console", mode);
  CHECK(console != NULL);
  host_serial_output();
}

static void type(const char *keys)
{
  while (*keys) {
    bool more = console_input(*keys++);
    while (more)
      more = console_go_on();
  }
}

/* What one read gives, as a string; "-1" for an error. */
static const char *line(int nbytes)
{
  static char bytes[1000];
  int got = fileread(console, uio_kernel(bytes), nbytes);
  if (got < 0)
    return "-1";
  bytes[got] = '\0';
  return bytes;
}

static void console_gives_edited_lines(void)
{
  open_console(O_RDWR);
  printed_clear();
  type("one\rtwo\nabX\bc\x7f"
       "d\n");
  CHECK_EQ(strcmp(printed(), "one\ntwo\nabX\b \bc\b \bd\n"), 0);
  CHECK_EQ(strcmp(line(100), "one\n"), 0);
  CHECK_EQ(strcmp(line(2), "tw"), 0);
  CHECK_EQ(strcmp(line(100), "o\n"), 0);
  CHECK_EQ(strcmp(line(100), "abd\n"), 0);
  type("gone\x15kept\n");
  CHECK_EQ(strcmp(line(100), "kept\n"), 0);
  type("\b\b\x7fx\n");
  CHECK_EQ(strcmp(line(100), "x\n"), 0);
  fileclose(console);
}

static void console_ends_input(void)
{
  open_console(O_RDWR);
  type("ab\x04");
  CHECK_EQ(strcmp(line(100), "ab"), 0);
  CHECK_EQ(strcmp(line(100), ""), 0);
  type("\x10z\n");
  CHECK_EQ(host_procdumps(), 1);
  CHECK_EQ(strcmp(line(100), "z\n"), 0);
  host_on_sleep(killed_while_asleep);
  CHECK_EQ(strcmp(line(100), "-1"), 0);
  fileclose(console);
}

static void console_ends_a_long_line(void)
{
  open_console(O_RDWR);
  for (uint i = 0; i < 300; i++)
    console_input('a' + i % 26);
  CHECK_EQ(strlen(line(900)), 128);
  CHECK_EQ(strlen(line(900)), 128);
  type("\n");
  CHECK_EQ(strlen(line(900)), 45);
  fileclose(console);
}

/* What comes faster than it is read is kept, as much as the ring holds. */
static void console_keeps_what_comes_early(void)
{
  open_console(O_RDWR);
  for (uint i = 0; i < 1500; i++)
    type("echo\n");
  for (uint i = 0; i < 1500; i++)
    CHECK_EQ(strcmp(line(100), "echo\n"), 0);
  CHECK(console_has_room());
  for (uint i = 0; i < 100000; i++)
    console_input('x');
  CHECK(!console_has_room());
  CHECK_EQ(strlen(line(100)), 100);
  CHECK(console_has_room());
  type("\n"); /* and nothing is left for the next test */
  while (!strchr(line(900), '\n'))
    continue;
  fileclose(console);
}

static void console_writes(void)
{
  open_console(O_RDWR);
  CHECK_EQ(filewrite(console, uio_kernel("hello\n"), 6), 6);
  CHECK_EQ(strcmp(host_serial_output(), "hello\n"), 0);
  memset(host_user(), 'x', HOST_USER_BYTES);
  struct uio edge = host_user_uio(HOST_USER_BYTES - 300);
  CHECK_EQ(filewrite(console, edge, 500), 300);
  CHECK_EQ(strlen(host_serial_output()), 300);
  CHECK_EQ(filewrite(console, uio_user(8), 5), -1);
  CHECK_EQ(filewrite(console, edge, 0), 0);
  type("abcdef\n");
  CHECK_EQ(fileread(console, host_user_uio(HOST_USER_BYTES - 4), 100), 4);
  CHECK_EQ(fileread(console, uio_user(8), 100), -1);
  CHECK_EQ(strcmp(line(100), "ef\n"), 0);
  fileclose(console);
}

/* One of the devices that tell what is counted, on a new disk. */
static struct file *open_device(short minor)
{
  host_new_disk(BLOCKS, INODES);
  CHECK_EQ(fs_mknod(NULL, "/device", T_DEVICE, STATS, minor), 0);
  return fileopen(NULL, "/device", O_RDWR);
}

static void statistics_are_two_lines(void)
{
  static const char lines[] = "copyin: 100\ncopyinstr: 101\n";
  char text[100] = "";
  struct file *file = open_device(STATISTICS_MINOR);
  for (int round = 0; round < 2; round++) {
    CHECK_EQ(fileread(file, uio_kernel(text), sizeof(text)), strlen(lines));
    CHECK_EQ(strcmp(text, lines), 0);
    CHECK_EQ(fileread(file, uio_kernel(text), sizeof(text)), -1);
  }
  CHECK_EQ(filewrite(file, uio_kernel("walk"), 4), 4);
  CHECK_EQ(copy_get_mode(), COPY_WALK);
  CHECK_EQ(filewrite(file, uio_kernel("direct"), 6), 6);
  fileclose(file);
}

static void counters_are_read_in_pieces(void)
{
  static const char start[] =
      "copyin: 100\ncopyinstr: 101\nmode: direct\ntables: one\n"
      "asids: used\nsum: open\nsatp_writes: 7\ntlb_flushes: 8\n"
      "copyout: 102\ncopyin_walk: 103\ncopyinstr_walk: 104\n"
      "copyout_walk: 105\npages_free: ";
  char text[1000] = "";
  int length = 0, got;
  struct file *file = open_device(COUNTERS_MINOR);
  harts[0].satp_writes = 7;
  harts[0].tlb_flushes = 8;
  while ((got = fileread(file, uio_kernel(text + length), 7)) > 0)
    length += got;
  CHECK_EQ(got, -1);
  CHECK_EQ(strncmp(text, start, strlen(start)), 0);
  CHECK_EQ(filewrite(file, uio_kernel("walk\n"), 5), 5);
  CHECK_EQ(copy_get_mode(), COPY_WALK);
  CHECK_EQ(fileread(file, uio_kernel(text), sizeof(text)), length - 2);
  CHECK(strstr(text, "mode: walk\n") != NULL);
  CHECK_EQ(fileread(file, uio_kernel(text), sizeof(text)), -1);
  CHECK_EQ(filewrite(file, uio_kernel("twotables\n"), 10), 10);
  CHECK(aspace_two_tables());
  CHECK_EQ(filewrite(file, uio_kernel("onetable"), 8), 8);
  CHECK(!aspace_two_tables());
  CHECK_EQ(filewrite(file, uio_kernel("direct"), 6), 6);
  CHECK_EQ(copy_get_mode(), COPY_DIRECT);
  fileclose(file);
}

/* Who reads one does not move what the other's readers get. */
static void statistics_and_counters_are_apart(void)
{
  char text[1000] = "";
  struct file *file = open_device(STATISTICS_MINOR);
  CHECK_EQ(fs_mknod(NULL, "/all", T_DEVICE, STATS, COUNTERS_MINOR), 0);
  struct file *all = fileopen(NULL, "/all", O_RDONLY);
  CHECK_EQ(fileread(file, uio_kernel(text), 7), 7);
  CHECK_EQ(fileread(all, uio_kernel(text), 7), 7);
  CHECK_EQ(strcmp(text, "copyin:"), 0);
  CHECK_EQ(fileread(file, uio_kernel(text), 5), 5);
  CHECK_EQ(strcmp(text, " 100\nn:"), 0);
  while (fileread(file, uio_kernel(text), 99) > 0 ||
         fileread(all, uio_kernel(text), 99) > 0)
    continue;
  fileclose(all);
  fileclose(file);
}

static void sink_takes_all_and_gives_zeros(void)
{
  struct uio all = host_user_uio(0), none = uio_user(8);
  struct file *file = open_device(SINK_MINOR);
  memset(host_user(), 'x', HOST_USER_BYTES);
  CHECK_EQ(filewrite(file, all, HOST_USER_BYTES), HOST_USER_BYTES);
  CHECK_EQ(filewrite(file, all, 0), 0);
  CHECK_EQ(filewrite(file, uio_kernel("walk"), 4), 4);
  CHECK_EQ(copy_get_mode(), COPY_DIRECT);
  CHECK_EQ(filewrite(file, none, 1), -1);
  CHECK_EQ(filewrite(file, all, HOST_USER_BYTES + 1), -1);
  CHECK_EQ(fileread(file, all, 0), 0);
  CHECK_EQ(host_user()[0], 'x');
  CHECK_EQ(fileread(file, all, HOST_USER_BYTES), HOST_USER_BYTES);
  for (uint i = 0; i < HOST_USER_BYTES; i++)
    CHECK_EQ(host_user()[i], 0);
  CHECK_EQ(fileread(file, all, HOST_USER_BYTES + 1), -1);
  CHECK_EQ(fileread(file, none, 1), -1);
  fileclose(file);
}

static void other_minors_are_no_device(void)
{
  static const short others[] = {-1, SINK_MINOR + 1, 0x7FFF};
  char byte;
  for (uint i = 0; i < ARRAY_LEN(others); i++) {
    struct file *file = open_device(others[i]);
    CHECK_EQ(fileread(file, uio_kernel(&byte), 1), -1);
    CHECK_EQ(filewrite(file, uio_kernel("walk"), 4), -1);
    CHECK_EQ(copy_get_mode(), COPY_DIRECT);
    fileclose(file);
  }
}

static void counters_take_words(void)
{
  struct file *file = open_device(COUNTERS_MINOR);
  CHECK_EQ(filewrite(file, uio_kernel("wal"), 3), -1);
  CHECK_EQ(filewrite(file, uio_kernel("walk\n\n"), 6), -1);
  CHECK_EQ(filewrite(file, uio_kernel("walk\0x"), 6), -1);
  CHECK_EQ(filewrite(file, uio_kernel("directdirectdirect"), 18), -1);
  CHECK_EQ(filewrite(file, uio_kernel(""), 0), -1);
  CHECK_EQ(copy_get_mode(), COPY_DIRECT);
  fileclose(file);
}

static void counters_count_what_is_held(void)
{
  char text[1000] = "";
  struct file *file = open_device(COUNTERS_MINOR);
  struct file *root = fileopen(NULL, "/", O_RDONLY);
  CHECK(fileread(file, uio_kernel(text), sizeof(text) - 1) > 0);
  CHECK(strstr(text, "\nfiles_open: 2\ninodes_held: 2\n") != NULL);
  fileclose(root);
  fileclose(file);
  CHECK_EQ(files_open(), 0);
  CHECK_EQ(cache_held(&icache), 0);
}

static void counters_let_allocations_fail(void)
{
  static const char *const bad[] = {"fail",    "fail ",   "fail x",
                                    "fail 1x", "fail 1 ", "fail 1\n\n"};
  struct file *file = open_device(COUNTERS_MINOR);
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    CHECK_EQ(filewrite(file, uio_kernel(bad[i]), strlen(bad[i])), -1);
  CHECK_EQ(page_fail_pending(), 0);
  CHECK_EQ(filewrite(file, uio_kernel("fail 12"), 7), 7);
  CHECK_EQ(page_fail_pending(), 12);
  CHECK_EQ(filewrite(file, uio_kernel("fail 0\n"), 7), 7);
  CHECK_EQ(page_fail_pending(), 0);
  fileclose(file);
}

int main(void)
{
  RUN(pipe_carries_bytes_in_order);
  RUN(pipe_without_reader);
  RUN(pipe_larger_than_its_ring);
  RUN(pipe_ends_that_go_away);
  RUN(pipe_and_bad_addresses);
  RUN(console_gives_edited_lines);
  RUN(console_ends_input);
  RUN(console_ends_a_long_line);
  RUN(console_keeps_what_comes_early);
  RUN(console_writes);
  RUN(statistics_are_two_lines);
  RUN(counters_are_read_in_pieces);
  RUN(statistics_and_counters_are_apart);
  RUN(counters_take_words);
  RUN(counters_count_what_is_held);
  RUN(counters_let_allocations_fail);
  RUN(sink_takes_all_and_gives_zeros);
  RUN(other_minors_are_no_device);
  return check_result();
}
