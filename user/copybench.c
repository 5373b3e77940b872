/* copybench: how long it takes to copy from user memory by walking the user
 * table and direct, and to call the kernel at all with one table and with two.
 *
 * A copy is what a write of so many bytes to the sink takes longer than one of
 * none. Each time is the least of some rounds, in which other processes and
 * interrupts came least between. The modes are then as they were. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "user/user.h"
#include "user/lib/util.h"

#define ROUNDS 7
#define ROUND_UNITS 3000 /* of the time register, at least, for a round */
#define UNIT_NS 100      /* QEMU's virt machine has a time of 10 MHz */
#define LONGEST 65536

static int counters, sink;
static char bytes[LONGEST + 1] __attribute__((aligned(PGSIZE)));

static void set_mode(const char *word)
{
  int nbytes = strlen(word);

  if (write(counters, word, nbytes) != nbytes) {
    fprintf(2, "copybench: cannot set mode %s\n", word);
    exit(1);
  }
}

/* Whether the counters tell this value of a mode. */
static int is_set(const char *name, const char *value)
{
  static char text[COUNTERS_ROOM];
  const char *found;

  read_counters(text);
  found = counter_text(text, name);
  return found != NULL && memcmp(found, value, strlen(value)) == 0;
}

static void write_bytes(const char *from, int nbytes)
{
  write(sink, from, nbytes);
}

static void call_kernel(const char *from, int nbytes)
{
  (void)from, (void)nbytes;
  getpid();
}

static uint64 time_of_calls(void (*call)(const char *, int), const char *from,
                            int nbytes, int times)
{
  uint64 start = r_time();

  for (int i = 0; i < times; i++)
    call(from, nbytes);
  return r_time() - start;
}

/* Nanoseconds of one call. */
static long time_of(void (*call)(const char *, int), const char *from,
                    int nbytes)
{
  int times = 8;
  uint64 least = -1;

  while (time_of_calls(call, from, nbytes, times) < ROUND_UNITS)
    times *= 2;
  for (int i = 0; i < ROUNDS; i++) {
    uint64 now = time_of_calls(call, from, nbytes, times);
    if (now < least)
      least = now;
  }
  return (long)(least * UNIT_NS / times);
}

/* Nanoseconds of a copy, 1 at least. */
static long time_of_copy(const char *mode, const char *from, int nbytes)
{
  long none, all;

  set_mode(mode);
  none = time_of(write_bytes, from, 0);
  all = time_of(write_bytes, from, nbytes);
  return all > none ? all - none : 1;
}

/* A number, right-aligned in its column. */
static void print_number(long number, int width)
{
  long rest = number;

  do
    width--;
  while ((rest /= 10) > 0);
  while (width-- > 0)
    printf(" ");
  printf("%ld", number);
}

static void print_times_as_fast(long slow, long fast, int width)
{
  long tenths = slow * 10 / fast;

  print_number(tenths / 10, width);
  printf(".%ld\n", tenths % 10);
}

static void print_copies(int nbytes, int odd)
{
  long walk = time_of_copy("walk", bytes + odd, nbytes);
  long direct = time_of_copy("direct", bytes + odd, nbytes);

  print_number(nbytes, 7);
  printf(odd ? "  odd" : "     ");
  print_number(walk, 12);
  print_number(direct, 12);
  print_times_as_fast(walk, direct, 12);
}

/* Say so if a mode that is set is not to be had, as before the lab is solved.
 */
static void print_remarks(void)
{
  int copies, writes;

  set_mode("direct");
  copies = counter_value("copyin");
  write_bytes(bytes, 1);
  if (counter_value("copyin") == copies)
    printf("There are no direct copies here: all of these walk.\n");

  set_mode("onetable");
  writes = counter_value("satp_writes");
  if (counter_value("satp_writes") != writes)
    printf("User mode runs on a table of its own here, whatever is set.\n");
}

static void print_calls(void)
{
  long one, two;

  set_mode("twotables");
  two = time_of(call_kernel, bytes, 0);
  set_mode("onetable");
  one = time_of(call_kernel, bytes, 0);
  printf("\na system call that does nothing: %ld ns with two tables, %ld with "
         "one\n",
         two, one);
}

int main(void)
{
  int walked, two;

  counters = open("/counters", O_WRONLY);
  sink = open("/sink", O_WRONLY);
  if (counters < 0 || sink < 0) {
    fprintf(2, "copybench: cannot open /counters and /sink\n");
    return 1;
  }
  walked = is_set("mode", "walk");
  two = is_set("tables", "two");

  print_remarks();
  printf("copies from user memory, in nanoseconds\n"
         "  bytes             walking      direct   times as fast\n");
  for (int nbytes = 1; nbytes <= LONGEST; nbytes *= 4) {
    print_copies(nbytes, 0);
    if (nbytes > 1)
      print_copies(nbytes, 1);
  }
  print_calls();
  set_mode(walked ? "walk" : "direct");
  set_mode(two ? "twotables" : "onetable");
  return 0;
}
