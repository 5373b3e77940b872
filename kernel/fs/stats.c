/* The devices of major number STATS. Who reads the statistics or the counters
 * gets pieces of one snapshot, taken when the first piece is read; all readers
 * of the device share it. */
#include "fs/stats.h"
#include "arch/hart.h"
#include "arch/latency.h"
#include "fs/buf.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "kernel/riscv.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/page.h"
#include "sync/chance.h"
#include "sync/lock_class.h"
#include "sync/sleeplock.h"

#define DECIMAL 10
#define COMMAND_MAX 64    /* bytes of what is written */
#define SNAPSHOT_MAX 4096 /* text and NUL; programs have so much room */

static struct snapshot {
  struct sleeplock lock;
  char text[SNAPSHOT_MAX];
  uint length;   /* 0: there is none */
  uint position; /* what has been read of it */
} statistics, counters;

static const char *const mode_name[] = {
    [COPY_DIRECT] = "direct",
    [COPY_WALK] = "walk",
};

/* All that the statistics hold, since programs of 2020 print them byte by byte
 * and scripts count what that adds to them. */
static uint write_direct(char *text, uint room)
{
  return format_text(text, room, "copyin: %lu\ncopyinstr: %lu\n",
                     copy_count(COUNT_COPYIN), copy_count(COUNT_COPYINSTR));
}

/* The counters, which begin with the same two. Only the locks, at the end, may
 * be so many that there is no room for all. */
static uint write_all(char *text, uint room)
{
  uint length = write_direct(text, room);
  length += format_text(
      text + length, room - length,
      "mode: %s\ntables: %s\nasids: %s\nsum: %s\n"
      "satp_writes: %lu\ntlb_flushes: %lu\ncopyout: %lu\n"
      "copyin_walk: %lu\ncopyinstr_walk: %lu\ncopyout_walk: %lu\n"
      "pages_free: %lu\npages_promised: %lu\npages_total: %lu\n"
      "files_open: %u\ninodes_held: %u\nblocks_held: %u\nipis: %lu\n",
      mode_name[copy_get_mode()], aspace_two_tables() ? "two" : "one",
      asid_in_use() ? "used" : "none", sum_bit() != 0 ? "closed" : "open",
      satp_writes(), tlb_flushes(), copy_count(COUNT_COPYOUT),
      copy_count(COUNT_COPYIN_WALK), copy_count(COUNT_COPYINSTR_WALK),
      copy_count(COUNT_COPYOUT_WALK), pages_free(), pages_reserved(),
      pages_total(), files_open(), inodes_held(), bufs_held(), harts_ipis());
  if (DEBUG)
    length += format_text(text + length, room - length,
                          "allocations_to_failure: %lu\nyields: %lu\n",
                          page_fail_pending(), chance_yields());
  if (LATENCY) {
    struct irqs_off longest = latency_longest();
    length += format_text(text + length, room - length,
                          "irqs_off: %lu instructions, 0x%lx to 0x%lx\n",
                          longest.instructions, longest.from, longest.to);
  }
  return length + lock_class_report(text + length, room - length);
}

/* The next piece. */
static int read_on(struct snapshot *snapshot, struct uio uio, uint nbytes)
{
  uint step = min_u64(nbytes, snapshot->length - snapshot->position);
  if (copy_to_uio(uio, 0, snapshot->text + snapshot->position, step) < 0)
    return -1;
  snapshot->position += step;
  return step;
}

/* write_text fills a new snapshot and gives its length. */
static int snapshot_read(struct snapshot *snapshot,
                         uint (*write_text)(char *text, uint room),
                         struct uio uio, uint nbytes)
{
  int result = -1;
  acquiresleep(&snapshot->lock);
  if (snapshot->length == 0)
    snapshot->length = write_text(snapshot->text, sizeof(snapshot->text));
  if (snapshot->position < snapshot->length)
    result = read_on(snapshot, uio, nbytes);
  else
    snapshot->length = snapshot->position = 0;
  releasesleep(&snapshot->lock);
  return result;
}

/* Read a decimal number, which is all of the text; one above 64 bits wraps. */
static bool parse_number(const char *text, uint64 *n)
{
  const char *next = text;
  for (*n = 0; *next >= '0' && *next <= '9'; next++)
    *n = *n * DECIMAL + *next - '0';
  return next > text && *next == '\0';
}

static int obey(const char *command)
{
  static const char fail[] = "fail ";
  uint64 n;
  for (uint mode = 0; mode < ARRAY_LEN(mode_name); mode++) {
    if (strcmp(command, mode_name[mode]) == 0) {
      copy_set_mode(mode);
      return 0;
    }
  }
  bool two = strcmp(command, "twotables") == 0;
  if (two || strcmp(command, "onetable") == 0) {
    aspace_set_two_tables(two);
    return 0;
  }
  if (!DEBUG || strncmp(command, fail, strlen(fail)) != 0 ||
      !parse_number(command + strlen(fail), &n))
    return -1;
  page_fail_nth(n);
  return 0;
}

/* A command, with a newline after it or none. */
static int command_write(struct uio uio, int nbytes)
{
  char text[COMMAND_MAX + 1];
  if (nbytes == 0 || nbytes > COMMAND_MAX ||
      copy_from_uio(text, uio, 0, nbytes) < 0)
    return -1;
  uint length = text[nbytes - 1] == '\n' ? nbytes - 1 : nbytes;
  text[length] = '\0';
  return strlen(text) == length && obey(text) == 0 ? nbytes : -1;
}

static int sink_read(struct uio uio, int nbytes)
{
  static const char zeros[PGSIZE];
  int step;
  for (int done = 0; done < nbytes; done += step) {
    step = min_u64(nbytes - done, sizeof(zeros));
    if (copy_to_uio(uio, done, zeros, step) < 0)
      return -1;
  }
  return nbytes;
}

/* Nobody reads what was dropped, so any number may write it at a time. */
static int sink_write(struct uio uio, int nbytes)
{
  static char dropped[PGSIZE];
  int step;
  for (int done = 0; done < nbytes; done += step) {
    step = min_u64(nbytes - done, sizeof(dropped));
    if (copy_from_uio(dropped, uio, done, step) < 0)
      return -1;
  }
  return nbytes;
}

static int stats_read(short minor, struct uio uio, int nbytes)
{
  switch (minor) {
  case STATISTICS_MINOR:
    return snapshot_read(&statistics, write_direct, uio, nbytes);
  case COUNTERS_MINOR:
    return snapshot_read(&counters, write_all, uio, nbytes);
  case SINK_MINOR:
    return sink_read(uio, nbytes);
  }
  return -1;
}

static int stats_write(short minor, struct uio uio, int nbytes)
{
  switch (minor) {
  case STATISTICS_MINOR:
  case COUNTERS_MINOR:
    return command_write(uio, nbytes);
  case SINK_MINOR:
    return sink_write(uio, nbytes);
  }
  return -1;
}

void stats_init(void)
{
  static const struct device device = {.read = stats_read,
                                       .write = stats_write};
  memset(&statistics, 0, sizeof(statistics));
  memset(&counters, 0, sizeof(counters));
  initsleeplock(&statistics.lock, "statistics");
  initsleeplock(&counters.lock, "counters");
  device_register(STATS, &device);
}
