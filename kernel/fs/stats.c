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
  uint64 copy_cycles;     /* the same */
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
      "copy_cycles: %lu\n"
      "files_open: %u\ninodes_held: %u\nblocks_held: %u\n",
      copy_count(COUNT_COPYIN), copy_count(COUNT_COPYINSTR),
      copy_count(COUNT_COPYIN_WALK), copy_count(COUNT_COPYINSTR_WALK),
      mode_name[copy_get_mode()], copy_count(COUNT_COPYOUT),
      copy_count(COUNT_COPYOUT_WALK), pages_free(), pages_promised(),
      pages_total(), stats.cost.pages, stats.cost.instructions,
      stats.copy_cycles, files_open(), inodes_held(), bufs_held());
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

/* What is left to read of a command. */
struct command {
  const char *next;
  const char *end;
};

/* Read this word, if it comes next. */
static bool take_word(struct command *command, const char *word)
{
  uint length = strlen(word);
  if ((uint64)(command->end - command->next) < length ||
      memcmp(command->next, word, length) != 0)
    return false;
  command->next += length;
  return true;
}

/* Read a number, if one comes next; one above 64 bits wraps. */
static bool take_number(struct command *command, uint64 *n)
{
  const char *start = command->next;
  for (*n = 0; command->next < command->end && *command->next >= '0' &&
               *command->next <= '9';
       command->next++)
    *n = *n * DECIMAL + *command->next - '0';
  return command->next > start;
}

/* Whether all is read, but for a newline that may stand there. */
static bool at_end(struct command command)
{
  take_word(&command, "\n");
  return command.next == command.end;
}

static bool is_word(struct command command, const char *word)
{
  return take_word(&command, word) && at_end(command);
}

/* Whether it is this word, and a number. */
static bool is_failure(struct command command, uint64 *n)
{
  return take_word(&command, "fail ") && take_number(&command, n) &&
         at_end(command);
}

/* Whether it is this word, and an address and a length. */
static bool is_copy(struct command command, const char *word, uint64 *va,
                    uint64 *nbytes)
{
  return take_word(&command, word) && take_number(&command, va) &&
         take_word(&command, " ") && take_number(&command, nbytes) &&
         at_end(command);
}

static int measure_table(void)
{
  struct table_cost cost;
  if (measure_private_table(&cost) < 0)
    return -1;
  acquiresleep(&stats.lock);
  stats.cost = cost;
  releasesleep(&stats.lock);
  return 0;
}

static int measure_one_copy(measure_copy measure, uint64 va, uint64 nbytes)
{
  uint64 cycles;
  if (measure(va, nbytes, &cycles) < 0)
    return -1;
  acquiresleep(&stats.lock);
  stats.copy_cycles = cycles;
  releasesleep(&stats.lock);
  return 0;
}

static int set_mode(struct command command)
{
  for (uint mode = 0; mode < ARRAY_LEN(mode_name); mode++) {
    if (is_word(command, mode_name[mode])) {
      copy_set_mode(mode);
      return 0;
    }
  }
  return -1;
}

static int obey(struct command command)
{
  uint64 n, va;
  if (is_word(command, "measure"))
    return measure_table();
  if (is_copy(command, "bench copyin ", &va, &n))
    return measure_one_copy(measure_copyin, va, n);
  if (is_copy(command, "bench copyinstr ", &va, &n))
    return measure_one_copy(measure_copyinstr, va, n);
  if (DEBUG && is_failure(command, &n)) {
    page_fail_nth(n);
    return 0;
  }
  return set_mode(command);
}

static int stats_write(struct place place, int nbytes)
{
  char text[64];
  if (nbytes > (int)sizeof(text) || copy_from_place(text, place, 0, nbytes) < 0)
    return -1;
  struct command command = {.next = text, .end = text + nbytes};
  return obey(command) < 0 ? -1 : nbytes;
}

void stats_init(void)
{
  static const struct device device = {.read = stats_read,
                                       .write = stats_write};
  memset(&stats, 0, sizeof(stats));
  initsleeplock(&stats.lock, "statistics");
  device_register(STATS, &device);
}
