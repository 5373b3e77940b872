/* benchcopy [short]: what the kernel's copyin and copyinstr cost, in cycles, by
 * walking the user table and direct: from 1 byte to 64 KiB, from the start of a
 * page and across its end; short: only what the table of `make bench` shows.
 * And what direct copies need: the pages of a private kernel table. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/user.h"
#include "bench.h"
#include "user/lib/util.h"

#define LONGEST (64 * KIB)

static const char *const kinds[] = {"copyin", "copyinstr"};
static const char *const modes[] = {"walk", "direct"};

static int device;
static char *room; /* a page's start, with LONGEST and two pages */

static void tell(const char *mode)
{
  int nbytes = strlen(mode);

  need(write(device, mode, nbytes) == nbytes, mode);
}

static int cost(const char *kind, const char *from, int nbytes)
{
  int said = fprintf(device, "bench %s %lu %d", kind, (uint64)from, nbytes);

  need(said > 0, kind);
  return counter_value("copy_cycles");
}

/* 0: there are no private tables, and no direct copies. */
static void print_table_pages(void)
{
  static const char measure[] = "measure";
  int nbytes = sizeof(measure) - 1;
  int pages = 0;

  if (write(device, measure, nbytes) == nbytes)
    pages = counter_value("private_table_pages");
  printf("table_pages %d\n", pages);
}

/* So many bytes, the last of which ends the string that they are. */
static void print_costs(const char *placement, char *from, int nbytes)
{
  from[nbytes - 1] = '\0';
  for (int kind = 0; kind < COUNT_OF(kinds); kind++) {
    for (int mode = 0; mode < COUNT_OF(modes); mode++) {
      tell(modes[mode]);
      int each = cost(kinds[kind], from, nbytes);
      printf("%s %s %s %d %d\n", kinds[kind], modes[mode], placement, nbytes,
             each);
    }
  }
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

int main(int argc, char *argv[])
{
  fill_process();
  device = open("/counters", O_WRONLY);
  need(device >= 0, "opening the counters");
  room = grow(LONGEST + 2 * PAGE);
  memset(room, 'x', LONGEST + 2 * PAGE);
  print_table_pages();
  if (argc == 2 && strcmp(argv[1], "short") == 0)
    print_few();
  else
    print_all();
  tell("direct");
  return 0;
}
