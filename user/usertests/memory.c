/* The break, the stack, and what the kernel says of memory. */
#include "usertests.h"
#include "user/lib/util.h"

/* sbrk takes an int: the largest step of whole pages. */
#define LARGEST_STEP 0x40000000L

const uint64 foreign_addresses[] = {
    FINISHER,
    CLINT,
    CLINT + 0xBFF8, /* its time register */
    PLIC,
    PLIC + 0x201004, /* the claim register of a hart */
    UART0,
    VIRTIO0,
    VIRTIO0 + 7 * PGSIZE, /* the last of the eight slots */
    KERNBASE,
    KERNBASE + PGSIZE - 4, /* goes from page to page */
    KERNBASE + SUPERPGSIZE,
    KERNBASE + 64 * 1024 * 1024,
    MAXVA - (1L << 30) - PGSIZE, /* a kernel stack, in the kernel's tables */
    USYSCALL - PGSIZE,
    USYSCALL,
    TRAPFRAME,
    TRAMPOLINE,
    MAXVA - 1,
    MAXVA,
    MAXVA * 2,
    MAXVA + PGSIZE,       /* the program's data, 38 bits of it */
    (1UL << 39) + PGSIZE, /* the same for 39 */
    0x8000000000000000UL,
    0xFFFFFFFF80000000UL, /* KERNBASE as a signed word */
    0xFFFFFFFFFFFFF000UL,
    0xFFFFFFFFFFFFFFFFUL,
};
const int foreign_address_count = COUNT_OF(foreign_addresses);

char *must_grow(long nbytes)
{
  char *start = sbrk((int)nbytes);

  MUST(start != SBRK_ERROR);
  return start;
}

char *must_grow_lazily(long nbytes)
{
  char *start = sbrklazy((int)nbytes);

  MUST(start != SBRK_ERROR);
  return start;
}

void must_shrink(long nbytes)
{
  uint64 before = break_now();

  MUST((uint64)sbrk((int)-nbytes) == before);
  MUST_EQ(break_now(), before - nbytes);
}

uint64 break_now(void)
{
  return (uint64)sbrk(0);
}

char *align_break(void)
{
  uint64 top = break_now();

  if (top % PGSIZE)
    must_grow(PGSIZE - top % PGSIZE);
  return (char *)PGROUNDUP(top);
}

void must_move_break(uint64 va)
{
  for (uint64 top; (top = break_now()) != va;) {
    uint64 distance = va > top ? va - top : top - va;
    long step = distance < LARGEST_STEP ? (long)distance : LARGEST_STEP;

    if (va > top)
      must_grow_lazily(step);
    else
      must_shrink(step);
  }
}

uint64 stack_page(void)
{
  return PGROUNDDOWN(r_sp());
}

static char counters[COUNTERS_ROOM];

/* What follows "name: " in them, as they were read last. */
static const char *must_find(const char *name)
{
  const char *found = counter_text(counters, name);

  if (!found) {
    break_line();
    printf("  there is no counter %s\n", name);
    exit(FAILED_STATUS);
  }
  return found;
}

static uint64 number_of(const char *name)
{
  uint64 value = 0;

  for (const char *digit = must_find(name); *digit >= '0'; digit++)
    value = value * 10 + (*digit - '0');
  return value;
}

uint64 counter(const char *name)
{
  read_counters(counters);
  return number_of(name);
}

/* Where the next page needs a table as well, one page may be left by the break:
 * a pipe takes it. */
void buy_all(void)
{
  int ends[2];

  break_line(); /* its page is copied, so that a failure can be told */
  for (long step = SUPERPGSIZE * 16; step >= PGSIZE; step /= 2)
    while (sbrk((int)step) != SBRK_ERROR)
      ;
  while (pipe(ends) == 0)
    ;
}

/* What fork shares of the text's pages is copied first, so as not to be counted
 * as free. */
uint64 available_pages(void)
{
  memset(counters, 0, sizeof(counters));
  read_counters(counters);
  return number_of("pages_free") - number_of("pages_reserved");
}

/* Not even in the direct mode, if the kernel has none that work: then none
 * was ever made. */
bool copies_go_direct(void)
{
  read_counters(counters);
  return memcmp(must_find("mode"), "direct", 6) == 0 && number_of("copyin") > 0;
}

bool are_two_tables_set(void)
{
  read_counters(counters);
  return memcmp(must_find("tables"), "two", 3) == 0;
}

void set_two_tables(bool two)
{
  int fd = must_open("/counters", O_WRONLY);

  must_write(fd, two ? "twotables" : "onetable", two ? 9 : 8);
  must_close(fd);
}

static void buy_and_tell(uint64 out)
{
  uint64 npages = 0;

  for (long step = LARGEST_STEP; step >= PGSIZE; step /= 2) {
    while (sbrk((int)step) != SBRK_ERROR)
      npages += step / PGSIZE;
  }
  must_write((int)out, &npages, sizeof(npages));
}

uint64 buyable_pages(void)
{
  struct pipe_ends ends = must_pipe();
  uint64 npages = 0;

  must_pass(buy_and_tell, ends.out);
  must_read(ends.in, &npages, sizeof(npages));
  must_close(ends.in);
  must_close(ends.out);
  return npages;
}
