/* benchcopy [short]: what copies from user memory cost, in cycles, by walking
 * the user table and direct: from 1 byte to 64 KiB, a string to a page, from
 * the start of a page and across its end; short: only what the table of `make
 * bench` shows.
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

static const char *const modes[] = {"walk", "direct"};

static int counters, sink;
static char *room; /* a page's start, with LONGEST and two pages */

static void set_mode(const char *mode)
{
  int nbytes = strlen(mode);

  need(write(counters, mode, nbytes) == nbytes, mode);
}

/* The cycles of a call: of some batches the one in which the kernel had least
 * to do beside it. */
static int cycles_of(void (*call)(char *from, int nbytes), char *from,
                     int nbytes)
{
  uint64 least = -1;

  call(from, nbytes);
  for (int batch = 0; batch < BATCHES; batch++) {
    uint64 start = cycles();
    for (int i = 0; i < TIMES; i++)
      call(from, nbytes);
    uint64 total = cycles() - start;
    if (total < least)
      least = total;
  }
  return (int)(least / TIMES);
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

static int copyin_cost(char *from, int nbytes)
{
  return cycles_of(write_to_sink, from, nbytes) -
         cycles_of(write_to_sink, from, 0);
}

/* So many bytes, the last of which ends the string that they are. */
static int copyinstr_cost(char *from, int nbytes)
{
  from[nbytes - 1] = '\0';
  int cost = cycles_of(exec_with_string, from, nbytes) -
             cycles_of(exec_without_string, from, nbytes);
  from[nbytes - 1] = 'x';
  return cost;
}

static void print_costs(const char *placement, char *from, int nbytes)
{
  for (int i = 0; i < COUNT_OF(modes); i++) {
    set_mode(modes[i]);
    printf("copyin %s %s %d %d\n", modes[i], placement, nbytes,
           copyin_cost(from, nbytes));
    if (nbytes <= LONGEST_STRING)
      printf("copyinstr %s %s %d %d\n", modes[i], placement, nbytes,
             copyinstr_cost(from, nbytes));
  }
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

int main(int argc, char *argv[])
{
  fill_process();
  counters = open("/counters", O_WRONLY);
  sink = open("/sink", O_WRONLY);
  need(counters >= 0 && sink >= 0, "opening the devices");
  room = grow(LONGEST + 2 * PAGE);
  memset(room, 'x', LONGEST + 2 * PAGE);
  if (argc == 2 && strcmp(argv[1], "short") == 0)
    print_few();
  else
    print_all();
  set_mode("direct");
  return 0;
}
