/* benchcopy [short | time]: what copies from user memory cost, in cycles, by
 * walking the user table and direct: from 1 byte to 64 KiB, a string to a page,
 * from the start of a page and across its end; short: only what the table of
 * `make bench` shows; time: in nanoseconds by the clock on the wall.
 *
 * A copyin is what a write of so many bytes to the sink costs more than one of
 * none. A copyinstr is what exec costs more for one more argument; so there is
 * the copyin of a pointer in it. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"
#include "bench.h"

#define LONGEST (64 * KIB)
#define LONGEST_STRING PAGE /* of exec's arguments */
#define TIMES 16
#define BATCHES 5
#define NOWHERE ((char *)-1)

enum mode {
  WALK,
  DIRECT,
  NMODES
};
static const char *const mode_name[NMODES] = {
    [WALK] = "walk", [DIRECT] = "direct"};

static int counters, sink, by_time;
static char *room; /* a page's start, with LONGEST and two pages */

static void set_mode(enum mode mode)
{
  int nbytes = strlen(mode_name[mode]);

  need(write(counters, mode_name[mode], nbytes) == nbytes, mode_name[mode]);
}

/* A call without the copy, made for no bytes, and one with it. */
struct pair {
  void (*less)(char *from, int nbytes), (*more)(char *from, int nbytes);
  char *from;
  int nbytes;
};

static long clock_of(void (*call)(char *from, int nbytes), char *from,
                     int nbytes, int times)
{
  uint64 start = by_time ? time_units() : cycles();

  for (int i = 0; i < times; i++)
    call(from, nbytes);
  return (by_time ? time_units() : cycles()) - start;
}

static void write_to_sink(char *from, int nbytes)
{
  need(write(sink, from, nbytes) == nbytes, "writing to the sink");
}

/* exec fetches its arguments one by one, and fails at one that is nowhere. */
static void exec_without_string(char *unused, int nbytes)
{
  char *arguments[] = {NOWHERE, 0};

  (void)unused, (void)nbytes;
  need(exec("x", arguments) < 0, "failing to exec");
}

static void exec_with_string(char *string, int nbytes)
{
  char *arguments[] = {string, NOWHERE, 0};

  (void)nbytes;
  need(exec("x", arguments) < 0, "failing to exec");
}

/* How often the calls are made in a batch, when they have been made once. */
static int times_of(const struct pair *pair)
{
  int times = by_time ? 1 : TIMES;

  pair->less(pair->from, 0);
  pair->more(pair->from, pair->nbytes);
  while (by_time &&
         clock_of(pair->more, pair->from, pair->nbytes, times) < LEAST_UNITS)
    times *= 2;
  return times;
}

static void keep_least(long *least, long cost)
{
  if (cost < *least)
    *least = cost;
}

/* What the one call costs more than the other, in either mode: of some batches,
 * in which all four take turns, those in which the kernel had least to do
 * beside them. */
static void differences(const struct pair *pair, long costs[NMODES])
{
  static const long high = 1L << 62;
  long less[NMODES] = {high, high}, more[NMODES] = {high, high};
  int times = times_of(pair);

  for (int batch = 0; batch < BATCHES; batch++) {
    for (int mode = 0; mode < NMODES; mode++) {
      set_mode(mode);
      keep_least(&less[mode], clock_of(pair->less, pair->from, 0, times));
      keep_least(&more[mode],
                 clock_of(pair->more, pair->from, pair->nbytes, times));
    }
  }
  int unit = by_time ? UNIT_NS : 1;
  for (int mode = 0; mode < NMODES; mode++)
    costs[mode] = more[mode] * unit / times - less[mode] * unit / times;
}

/* By the clock on the wall a short copy may seem to cost nothing. */
static void print_differences(const char *kind, const char *placement,
                              const struct pair *pair)
{
  long costs[NMODES];

  differences(pair, costs);
  for (int mode = 0; mode < NMODES; mode++)
    printf("%s %s %s %d %d\n", kind, mode_name[mode], placement, pair->nbytes,
           costs[mode] > 0 ? (int)costs[mode] : 1);
}

/* So many bytes, the last of which ends the string that they are. */
static void print_costs(const char *placement, char *from, int nbytes)
{
  struct pair copyin = {write_to_sink, write_to_sink, from, nbytes};
  struct pair copyinstr = {exec_without_string, exec_with_string, from, nbytes};

  print_differences("copyin", placement, &copyin);
  if (nbytes > LONGEST_STRING)
    return;
  from[nbytes - 1] = '\0';
  print_differences("copyinstr", placement, &copyinstr);
  from[nbytes - 1] = 'x';
}

/* Where a range begins that crosses the end of a page, half way if it is that
 * short; at an odd address. */
static char *before_page_end(int nbytes)
{
  int before = nbytes < PAGE ? nbytes / 2 : PAGE / 2;

  return room + PAGE - (before | 1);
}

static void print_all(void)
{
  for (int nbytes = 1; nbytes <= LONGEST; nbytes *= 2) {
    print_costs("aligned", room, nbytes);
    print_costs("crossing", before_page_end(nbytes), nbytes);
  }
}

static void print_few(void)
{
  static const int few[] = {8, 128, PAGE};

  for (int i = 0; i < COUNT_OF(few); i++)
    print_costs("aligned", room, few[i]);
}

static int tlb_flushes(void)
{
  static char text[PAGE];

  read_counters_into(text, sizeof(text));
  return counter_in(text, "tlb_flushes");
}

/* Whether the hart faults at a page whose bit A was cleared, instead of setting
 * it (Svade): then the kernel sets it, and flushes. */
static int is_svade(void)
{
  uint accessed;

  need(pgaccess(room, 1, &accessed) == 0, "pgaccess");
  int before = tlb_flushes();
  touch(room, 1);
  return tlb_flushes() > before;
}

int main(int argc, char *argv[])
{
  int is_short = argc == 2 && strcmp(argv[1], "short") == 0;

  by_time = argc == 2 && strcmp(argv[1], "time") == 0;
  fill_process();
  counters = open("/counters", O_WRONLY);
  sink = open("/sink", O_WRONLY);
  need(counters >= 0 && sink >= 0, "opening the devices");
  room = grow(LONGEST + 2 * PAGE);
  memset(room, 'x', LONGEST + 2 * PAGE);
  if (is_short) {
    print_few();
  } else {
    print_all();
    printf("svade %d\n", is_svade());
  }
  return 0;
}
