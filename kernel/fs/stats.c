/* The statistics device. Who reads it gets pieces of one snapshot, taken when
 * the first piece is read; all readers share it. */
#include "fs/stats.h"
#include "fs/buf.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/measure.h"
#include "mm/page.h"
#include "sync/chance.h"
#include "sync/lock_class.h"
#include "sync/sleeplock.h"

#define DECIMAL 10
#define STATS_MAX 4096 /* the text and its NUL; scripts have so much room */

static struct {
  struct sleeplock lock;
  char text[STATS_MAX];
  uint length;            /* 0: there is no snapshot */
  uint position;          /* what has been read of it */
  struct table_cost cost; /* as last measured; zeros: not yet */
} stats;

static const char *const mode_name[] = {
    [COPY_DIRECT] = "direct",
    [COPY_WALK] = "walk",
};

/* The first two lines are what scripts look for. */
static uint write_counts(char *text, uint room)
{
  return format_text(
      text, room,
      "copyin: %lu\ncopyinstr: %lu\n"
      "copyin_walk: %lu\ncopyinstr_walk: %lu\nmode: %s\n"
      "copyout: %lu\ncopyout_walk: %lu\n"
      "pages_free: %lu\npages_promised: %lu\npages_total: %lu\n"
      "private_table_pages: %lu\n"
      "private_table_instructions: %lu\n"
      "files_open: %u\ninodes_held: %u\nblocks_held: %u\n",
      copy_count(COUNT_COPYIN), copy_count(COUNT_COPYINSTR),
      copy_count(COUNT_COPYIN_WALK), copy_count(COUNT_COPYINSTR_WALK),
      mode_name[copy_get_mode()], copy_count(COUNT_COPYOUT),
      copy_count(COUNT_COPYOUT_WALK), pages_free(), pages_promised(),
      pages_total(), stats.cost.pages, stats.cost.instructions, files_open(),
      inodes_held(), bufs_held());
}

/* Only the locks may be so many that there is no room for all. */
static uint take_snapshot(char *text, uint room)
{
  uint length = write_counts(text, room);
  if (DEBUG)
    length += format_text(text + length, room - length,
                          "allocations_to_failure: %lu\nyields: %lu\n",
                          page_fail_pending(), chance_yields());
  return length + lock_class_report(text + length, room - length);
}

/* The next piece. */
static int read_on(struct place place, uint nbytes)
{
  uint step = min_u64(nbytes, stats.length - stats.position);
  if (copy_to_place(place, 0, stats.text + stats.position, step) < 0)
    return -1;
  stats.position += step;
  return step;
}

static int stats_read(struct place place, int nbytes)
{
  int result = -1;
  acquiresleep(&stats.lock);
  if (stats.length == 0)
    stats.length = take_snapshot(stats.text, sizeof(stats.text));
  if (stats.position < stats.length)
    result = read_on(place, nbytes);
  else
    stats.length = stats.position = 0;
  releasesleep(&stats.lock);
  return result;
}

/* Whether text is this word, with or without a newline after it. */
static bool is_word(const char *text, uint nbytes, const char *word)
{
  uint length = strlen(word);
  if (nbytes == length + 1 && text[length] == '\n')
    nbytes--;
  return nbytes == length && memcmp(text, word, length) == 0;
}

/* Whether text is "fail N", with or without a newline after it. N has at most
 * as many digits as a write may have bytes. */
static bool is_failure(const char *text, uint nbytes, uint64 *n)
{
  static const char word[] = "fail ";
  uint start = sizeof(word) - 1, i = start;
  if (nbytes <= start || memcmp(text, word, start) != 0)
    return false;
  for (*n = 0; i < nbytes && text[i] >= '0' && text[i] <= '9'; i++)
    *n = *n * DECIMAL + text[i] - '0';
  return i > start && is_word(text + i, nbytes - i, "");
}

static int measure(void)
{
  struct table_cost cost;
  if (measure_private_table(&cost) < 0)
    return -1;
  acquiresleep(&stats.lock);
  stats.cost = cost;
  releasesleep(&stats.lock);
  return 0;
}

static int stats_write(struct place place, int nbytes)
{
  char text[16];
  uint64 n;
  if (nbytes > (int)sizeof(text) || copy_from_place(text, place, 0, nbytes) < 0)
    return -1;
  if (is_word(text, nbytes, "measure"))
    return measure() < 0 ? -1 : nbytes;
  if (DEBUG && is_failure(text, nbytes, &n)) {
    page_fail_nth(n);
    return nbytes;
  }
  for (uint mode = 0; mode < ARRAY_LEN(mode_name); mode++) {
    if (is_word(text, nbytes, mode_name[mode])) {
      copy_set_mode(mode);
      return nbytes;
    }
  }
  return -1;
}

void stats_init(void)
{
  static const struct device device = {.read = stats_read,
                                       .write = stats_write};
  memset(&stats, 0, sizeof(stats));
  initsleeplock(&stats.lock, "statistics");
  device_register(STATS, &device);
}
