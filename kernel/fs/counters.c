/* Major number STATS, whose minor numbers are three devices:
 *
 * statistics  Reading gives exactly two lines, "copyin: N" and "copyinstr: N":
 *             the copies that went direct.
 * counters    Reading gives these lines and all else that is counted, a line
 *             each, as text cut at 4,095 bytes.
 * sink        A write copies its bytes into the kernel, in pieces of a page,
 *             and drops them; a read copies zeros out in the same way, without
 *             end. So a program can measure what a copy costs.
 *
 * A reader of the first two gets pieces of one snapshot, which is taken when
 * the first piece is read; all readers of the device share it. A read after its
 * end gives -1 and rewinds. Writing a word to one of them sets a mode: "walk"
 * or "direct" that of copies, "onetable" or "twotables" what
 * aspace_set_two_tables does; debug builds know more (conf/debug.c). Everything
 * else fails with -1. */
#include "fs/file.h"
#include "arch/hart.h"
#include "fs/bio.h"
#include "fs/inode.h"
#include "lib/debug.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/page.h"
#include "sync/lock_class.h"

#define COMMAND_MAX 64    /* bytes of what is written */
#define SNAPSHOT_MAX 4096 /* text and NUL; programs have so much room */

/* Of the statistics and of the counters, by minor number. */
static struct snapshot {
  struct sleeplock lock;
  char text[SNAPSHOT_MAX];
  uint length;   /* 0: there is none */
  uint position; /* what has been read of it */
} snapshots[] = {
    [STATISTICS_MINOR] = {.lock = SLEEPLOCK_INIT("statistics")},
    [COUNTERS_MINOR] = {.lock = SLEEPLOCK_INIT("counters")},
};

/* Write what is counted into text; its length. The statistics are two lines and
 * no more, since programs of 2020 print them byte by byte and scripts count
 * what that adds to them. The locks come last, since they may be so many that
 * there is no room for all. */
static uint write_text(short minor, char *text)
{
  const uint room = SNAPSHOT_MAX;
  uint length = format_text(text, room, "copyin: %lu\ncopyinstr: %lu\n",
                            HARTS_SUM(copies[COUNT_COPYIN]),
                            HARTS_SUM(copies[COUNT_COPYINSTR]));
  if (minor == STATISTICS_MINOR)
    return length;
  length += format_text(
      text + length, room - length,
      "mode: %s\ntables: %s\nasids: %s\nsum: %s\n"
      "satp_writes: %lu\ntlb_flushes: %lu\ncopyout: %lu\n"
      "copyin_walk: %lu\ncopyinstr_walk: %lu\ncopyout_walk: %lu\n"
      "pages_free: %lu\npages_reserved: %lu\npages_total: %lu\n"
      "files_open: %u\ninodes_held: %u\nblocks_held: %u\nipis: %lu\n",
      copy_get_mode() == COPY_DIRECT ? "direct" : "walk",
      aspace_two_tables() ? "two" : "one", asids_used ? "used" : "none",
      sum_bit() != 0 ? "closed" : "open", HARTS_SUM(satp_writes),
      HARTS_SUM(tlb_flushes), HARTS_SUM(copies[COUNT_COPYOUT]),
      HARTS_SUM(copies[COUNT_COPYIN_WALK]),
      HARTS_SUM(copies[COUNT_COPYINSTR_WALK]),
      HARTS_SUM(copies[COUNT_COPYOUT_WALK]), pages_free(), pages_reserved(),
      pages_total(), files_open(), cache_held(&icache), cache_held(&bcache),
      HARTS_SUM(ipis));
  if (DEBUG)
    length += debug_report(text + length, room - length);
  if (LATENCY)
    length += latency_report(text + length, room - length);
  return length + lock_class_report(text + length, room - length);
}

/* Copy zeros out or, for a write, bytes in. Nobody reads what was dropped, so
 * all may write it at once. */
static int sink(struct uio uio, int nbytes, bool is_write)
{
  static char zeros[PGSIZE], dropped[PGSIZE];
  int step;
  for (int done = 0; done < nbytes; done += step) {
    step = min_u64(nbytes - done, PGSIZE);
    if ((is_write ? copy_from_uio(dropped, uio, done, step)
                  : copy_to_uio(uio, done, zeros, step)) < 0)
      return -1;
  }
  return nbytes;
}

int counters_read(short minor, struct uio uio, int nbytes)
{
  if (minor == SINK_MINOR)
    return sink(uio, nbytes, false);
  if (minor < 0 || minor >= (int)ARRAY_LEN(snapshots))
    return -1;
  struct snapshot *snapshot = &snapshots[minor];
  int result = -1;
  acquiresleep(&snapshot->lock);
  if (snapshot->length == 0)
    snapshot->length = write_text(minor, snapshot->text);
  const char *next = snapshot->text + snapshot->position;
  uint step = min_u64(nbytes, snapshot->length - snapshot->position);
  if (snapshot->position == snapshot->length) {
    /* At the end: this reader gets -1, the next one a new snapshot. */
    snapshot->length = snapshot->position = 0;
  } else if (copy_to_uio(uio, 0, next, step) == 0) {
    snapshot->position += step;
    result = step;
  }
  releasesleep(&snapshot->lock);
  return result;
}

int counters_write(short minor, struct uio uio, int nbytes)
{
  if (minor == SINK_MINOR)
    return sink(uio, nbytes, true);
  if (minor < 0 || minor >= (int)ARRAY_LEN(snapshots))
    return -1;

  /* Obey a word, with a newline after it or none. */
  char word[COMMAND_MAX + 1];
  if (nbytes == 0 || nbytes > COMMAND_MAX ||
      copy_from_uio(word, uio, 0, nbytes) < 0)
    return -1;
  uint length = word[nbytes - 1] == '\n' ? nbytes - 1 : nbytes;
  word[length] = '\0';
  if (strlen(word) != length)
    return -1; /* a NUL within it */
  if (strcmp(word, "walk") == 0)
    copy_set_mode(COPY_WALK);
  else if (strcmp(word, "direct") == 0)
    copy_set_mode(COPY_DIRECT);
  else if (strcmp(word, "onetable") == 0)
    aspace_set_two_tables(false);
  else if (strcmp(word, "twotables") == 0)
    aspace_set_two_tables(true);
  else if (!DEBUG || debug_command(word) < 0)
    return -1;
  return nbytes;
}
