/* Pipes, the console and the devices that count on the host. */
#include "fs/file.h"
#include <stdio.h>
#include <string.h>
#include "dev/uart.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "lib/debug.h"
#include "lib/panic.h"
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
  host_on_sleep(NULL);
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

static char record_of_other[512];

static void read_by_another(void)
{
  host_on_release = NULL;
  CHECK_EQ(get(record_of_other, sizeof(record_of_other)),
           sizeof(record_of_other));
}

/* Two readers get a record each, though the memory of one crosses a page's
 * end. */
static void records_are_read_whole(void)
{
  char record[sizeof(record_of_other)];
  open_pipe();
  for (char c = 'a'; c <= 'b'; c++) {
    memset(record, c, sizeof(record));
    CHECK_EQ(put(record, sizeof(record)), sizeof(record));
  }
  host_on_release = read_by_another;
  CHECK_EQ(fileread(reader, host_user_uio(PGSIZE - 200), sizeof(record)),
           sizeof(record));
  CHECK(host_on_release == NULL);
  CHECK(memcmp(record_of_other, record, sizeof(record)) == 0);
  memset(record, 'a', sizeof(record));
  CHECK(memcmp(host_user() + PGSIZE - 200, record, sizeof(record)) == 0);
  fileclose(reader);
  fileclose(writer);
}

static void pipe_without_reader(void)
{
  open_pipe();
  fileclose(reader);
  CHECK_EQ(put("x", 1), -1);
  fileclose(writer);
}

/* Whoever waits for room or bytes is served a piece at a time. */
#define LONG_WRITE 65536
static char sent[200000], received[sizeof(sent)];
static uint nreceived, nsleeps;

static void fill_sent(void)
{
  for (uint i = 0; i < sizeof(sent); i++)
    sent[i] = i / 3 ^ i;
  memset(received, 0, sizeof(received));
  nreceived = nsleeps = 0;
}

static void read_a_piece(uint nbytes)
{
  int got = get(received + nreceived, nbytes);
  if (got <= 0)
    panic("after %u bytes there are no more", nreceived);
  nreceived += got;
}

/* All that was sent is received. */
static void check_received(uint nbytes)
{
  while (nreceived < nbytes)
    read_a_piece(700);
  CHECK_EQ(nreceived, nbytes);
  CHECK_EQ(memcmp(sent, received, nbytes), 0);
}

/* Is woken as a writer is: not before half of all has been read. */
static void read_some(const void *channel)
{
  (void)channel;
  nsleeps++;
  read_a_piece(700);
}

static void pipe_longer_than_its_pages(void)
{
  open_pipe();
  fill_sent();
  host_on_sleep(read_some);
  CHECK_EQ(put(sent, sizeof(sent)), sizeof(sent));
  CHECK(nsleeps > 0);
  check_received(sizeof(sent));
  fileclose(reader);
  fileclose(writer);
}

/* The most that one write puts into an empty pipe goes in at once, whatever has
 * gone through it before, and only its bytes take pages. */
static void pipe_takes_pages_and_gives_them_back(void)
{
  open_pipe();
  uint pages = host_pages_taken();
  for (uint before = 0; before < 5000; before += 333) {
    fill_sent();
    CHECK_EQ(put(sent, before), before);
    check_received(before);
    CHECK_EQ(host_pages_taken(), pages);
    fill_sent();
    CHECK_EQ(put(sent, LONG_WRITE), LONG_WRITE);
    CHECK_EQ(host_pages_taken(), pages + 16);
    read_a_piece(LONG_WRITE / 2);
    CHECK(host_pages_taken() <= pages + 9);
    check_received(LONG_WRITE);
    CHECK_EQ(host_pages_taken(), pages);
  }
  CHECK_EQ(put(sent, LONG_WRITE), LONG_WRITE);
  fileclose(reader);
  fileclose(writer);
  CHECK_EQ(host_pages_taken(), pages - 1);
}

/* A byte is read for each that is written, with ten pages in the pipe. */
static void pipe_byte_by_byte(void)
{
  const uint ahead = 10 * PGSIZE;
  open_pipe();
  fill_sent();
  CHECK_EQ(put(sent, ahead), ahead);
  for (uint i = ahead; i < ahead + 3 * PGSIZE; i++) {
    read_a_piece(1);
    if (i % PGSIZE < PGSIZE / 2) {
      CHECK_EQ(put(sent + i, 1), 1);
    } else if (i % PGSIZE == PGSIZE / 2) {
      CHECK_EQ(put(sent + i, PGSIZE / 2), PGSIZE / 2);
    }
  }
  check_received(ahead + 3 * PGSIZE);
  fileclose(reader);
  fileclose(writer);
}

/* Bytes that nobody reads for a while take no memory, so that a program can
 * tell by them how much there is. */
static void short_writes_take_no_page(void)
{
  open_pipe();
  uint pages = host_pages_taken(), taken = 0;
  fill_sent();
  host_on_sleep(read_some);
  for (uint i = 0; i < 30000; i++) {
    CHECK_EQ(put(sent + i, 1), 1);
    taken += host_pages_taken() != pages;
  }
  CHECK_EQ(taken, 0);
  CHECK(nsleeps > 0);
  check_received(30000);
  fileclose(reader);
  fileclose(writer);
}

/* A short write goes in at once if it fits into one page with what is there,
 * wherever that begins. */
static void short_writes_need_not_wait(void)
{
  const uint held = 3900, step = 100;
  open_pipe();
  uint pages = host_pages_taken();
  fill_sent();
  uint nsent = 0;
  for (; nsent < held; nsent += step)
    CHECK_EQ(put(sent + nsent, step), step);
  for (; nsent < 50000; nsent += step) {
    read_a_piece(step);
    CHECK_EQ(put(sent + nsent, step), step);
  }
  check_received(nsent);
  CHECK_EQ(host_pages_taken(), pages);
  fileclose(reader);
  fileclose(writer);
}

/* It holds 512 bytes at all times, without memory, too; longer writes are
 * served by as many pages as there are. */
static void pipe_without_memory(void)
{
  for (uint more = 0; more <= 16; more++) {
    open_pipe();
    uint pages = host_pages_taken();
    fill_sent();
    host_pages_limit(more);
    uint nsent = 0;
    while (nsent < 140000) {
      uint step = 512 - (nsent - nreceived);
      CHECK_EQ(put(sent + nsent, step), step);
      nsent += step;
      read_a_piece(1 + nsent % 700);
    }
    host_on_sleep(read_some);
    CHECK_EQ(put(sent + nsent, 50000), 50000);
    check_received(nsent + 50000);
    CHECK_EQ(host_pages_taken(), pages);
    fileclose(reader);
    fileclose(writer);
  }
}

/* How often somebody is woken is what a change of process costs. */
static uint nwoken;

static void count_wakeup(const void *channel)
{
  (void)channel;
  nwoken++;
}

static void read_until_woken(const void *channel)
{
  (void)channel;
  nsleeps++;
  nwoken = 0;
  while (nwoken == 0)
    read_a_piece(100);
}

static void writer_is_woken_for_half_a_pipe(void)
{
  open_pipe();
  fill_sent();
  host_on_sleep(read_until_woken);
  host_on_wakeup(count_wakeup);
  CHECK_EQ(put(sent, LONG_WRITE), LONG_WRITE);
  CHECK_EQ(nsleeps, 0);
  CHECK_EQ(put(sent + LONG_WRITE, LONG_WRITE), LONG_WRITE);
  CHECK(nsleeps <= 3);
  CHECK(nreceived >= LONG_WRITE / 2);
  check_received(2 * LONG_WRITE);

  /* And nobody who does not sleep. */
  nwoken = 0;
  CHECK_EQ(put(sent, 1000), 1000);
  CHECK_EQ(get(received, 1000), 1000);
  CHECK_EQ(nwoken, 0);
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
  uint pages = host_pages_taken();
  host_on_sleep(close_reader_while_asleep);
  CHECK_EQ(put(sent, sizeof(sent)), -1);
  fileclose(writer);
  CHECK_EQ(host_pages_taken(), pages - 1);

  open_pipe();
  fill_sent();
  host_on_sleep(killed_while_asleep);
  CHECK_EQ(put(sent, sizeof(sent)), -1);
  host_set_killed(false);
  int got = get(received, sizeof(received));
  CHECK(got >= LONG_WRITE);
  CHECK_EQ(memcmp(sent, received, got), 0);
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

  /* A page that was taken in vain, since its first byte cannot be read, is
   * given back with the others. */
  for (int good = PGSIZE / 2; good < (int)HOST_USER_BYTES; good++) {
    struct uio uio = host_user_uio(HOST_USER_BYTES - good);
    CHECK_EQ(filewrite(writer, uio, good + 600), good);
    CHECK_EQ(get(received, sizeof(received)), good);
    CHECK_EQ(host_pages_taken(), pages);
  }
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
  RUN(records_are_read_whole);
  RUN(pipe_without_reader);
  RUN(pipe_longer_than_its_pages);
  RUN(pipe_takes_pages_and_gives_them_back);
  RUN(pipe_byte_by_byte);
  RUN(short_writes_take_no_page);
  RUN(short_writes_need_not_wait);
  RUN(pipe_without_memory);
  RUN(writer_is_woken_for_half_a_pipe);
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
