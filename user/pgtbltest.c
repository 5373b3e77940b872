/* pgtbltest: what a program can see of its own page table. */
#include "kernel/types.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define SHOWN_PAGES 10 /* at either end of the address space */
#define LARGE_HEAP (4 * SUPERPGSIZE)
#define LARGE_LEAVES 3       /* that stand in it, wherever it begins */
#define BETWEEN (PGSIZE / 2) /* a byte of a page that fill leaves alone */

static const char *current_test;

static void begin(const char *test)
{
  current_test = test;
  printf("%s starting\n", test);
}

static void require(int condition, const char *otherwise)
{
  if (condition)
    return;
  printf("%s: FAILED: %s\n", current_test, otherwise);
  exit(1);
}

static void end_test(void)
{
  printf("%s: OK\n", current_test);
}

/* The pid in the shared page is each process's own. */
static void ugetpid_test(void)
{
  begin("ugetpid_test");
  for (int i = 0; i < 64; i++) {
    int status = -1, pid = fork();

    require(pid >= 0, "cannot fork");
    if (pid == 0) {
      require(ugetpid() == getpid(), "a child reads another pid");
      exit(0);
    }
    require(wait(&status) == pid && status == 0, "a child failed");
    require(ugetpid() == getpid(), "the parent reads another pid");
  }
  end_test();
}

static uint accessed_pages(char *pages)
{
  uint mask = 0;

  require(pgaccess(pages, 32, &mask) == 0, "pgaccess is refused");
  return mask;
}

/* Each page that is touched shows up once. */
static void pgaccess_test(void)
{
  char *pages;

  begin("pgaccess_test");
  pages = malloc(33 * PGSIZE);
  require(pages != NULL, "no memory");
  pages = (char *)PGROUNDUP((uint64)pages);
  accessed_pages(pages);
  pages[1 * PGSIZE]++;
  pages[2 * PGSIZE]++;
  pages[30 * PGSIZE]++;
  require(accessed_pages(pages) == (1 << 1 | 1 << 2 | 1 << 30),
          "not the pages that were touched");
  require(accessed_pages(pages) == 0, "the same pages, again");
  end_test();
}

static void print_entry(uint64 va)
{
  pte_t pte = pgpte((void *)va);

  printf("0x%lx: ", va);
  if (pte == 0) {
    printf("nothing\n");
    return;
  }
  printf("pte 0x%lx, page 0x%lx, %c%c%c%c\n", pte, PTE2PA(pte),
         pte & PTE_R ? 'r' : '-', pte & PTE_W ? 'w' : '-',
         pte & PTE_X ? 'x' : '-', pte & PTE_U ? 'u' : '-');
}

/* The two ends of the user table, one line a page. */
static void print_pgtbl(void)
{
  begin("print_pgtbl");
  for (uint64 page = 0; page < SHOWN_PAGES; page++)
    print_entry(page * PGSIZE);
  for (uint64 page = SHOWN_PAGES; page > 0; page--)
    print_entry(MAXVA - page * PGSIZE);
  end_test();
}

/* The same table as the kernel prints it. */
static void print_kpgtbl(void)
{
  begin("print_kpgtbl");
  kpgtbl();
  end_test();
}

/* Grow by LARGE_HEAP; the first address in it that a leaf of 2 MiB can map. */
static char *grow_large(void)
{
  char *old = sbrk(LARGE_HEAP);

  require(old != SBRK_ERROR, "cannot grow");
  return (char *)SUPERPGROUNDUP((uint64)old);
}

/* One leaf maps all of the 2 MiB at start, to be read and written. */
static void require_leaf(char *start)
{
  const uint64 rights = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U;
  pte_t leaf = pgpte(start);

  require((leaf & rights) == (PTE_V | PTE_R | PTE_W | PTE_U),
          "the leaf has not the rights of heap");
  require(PTE2PA(leaf) % SUPERPGSIZE == 0, "the leaf's memory is not aligned");
  for (uint64 at = 0; at < SUPERPGSIZE; at += PGSIZE)
    require(pgpte(start + at) == leaf, "not one leaf for all of 2 MiB");
}

/* Every page of [start, end) has its number, and first, at its ends. */
static void fill(char *start, char *end, uint64 first)
{
  for (char *page = start; page < end; page += PGSIZE) {
    uint64 *words = (uint64 *)page;
    words[0] = words[PGSIZE / sizeof(*words) - 1] = first + (page - start);
  }
}

static void require_filled(char *start, char *end, uint64 first)
{
  for (char *page = start; page < end; page += PGSIZE) {
    uint64 *words = (uint64 *)page, wanted = first + (page - start);
    require(words[0] == wanted && words[PGSIZE / sizeof(*words) - 1] == wanted,
            "a page has lost what was written to it");
  }
}

static void require_zero(char *start, char *end)
{
  for (uint64 *word = (uint64 *)start; word < (uint64 *)end; word++)
    require(*word == 0, "new memory is not zero");
}

/* The status of a child that runs body(start). */
static int status_of(void (*body)(char *), char *start)
{
  int status = 0, pid = fork();

  require(pid >= 0, "cannot fork");
  if (pid == 0) {
    body(start);
    exit(0);
  }
  require(wait(&status) == pid, "cannot wait");
  return status;
}

enum {
  PARENTS = 1,
  CHILDS = 2,
  LATER = 3
}; /* what is written */

static void inherit_and_write(char *start)
{
  char *end = start + LARGE_LEAVES * SUPERPGSIZE;

  for (char *leaf = start; leaf < end; leaf += SUPERPGSIZE)
    require_leaf(leaf);
  require_filled(start, end, PARENTS);
  fill(start, end, CHILDS);
  for (char *leaf = start; leaf < end; leaf += SUPERPGSIZE)
    require_leaf(leaf);
  require_filled(start, end, CHILDS);
}

/* A byte through the kernel, from one leaf to another. */
static void send_byte(int to, char *from)
{
  require(write(to, from, 1) == 1, "the kernel cannot read the leaf");
}

static void receive_byte(int from, char *to)
{
  require(read(from, to, 1) == 1, "the kernel cannot write to the leaf");
}

/* The child looks again after the parent, which goes first, has written. */
static void write_before_the_child(char *start)
{
  int to_child[2], status, pid;
  char *end = start + SUPERPGSIZE;

  require(pipe(to_child) == 0, "no pipe");
  pid = fork();
  require(pid >= 0, "cannot fork");
  if (pid == 0) {
    receive_byte(to_child[0], end - BETWEEN);
    require(*(end - BETWEEN) == LATER, "another byte came");
    require_filled(start, end, PARENTS);
    exit(0);
  }
  fill(start, end, LATER);
  *(start + BETWEEN) = LATER;
  send_byte(to_child[1], start + BETWEEN);
  require(wait(&status) == pid && status == 0, "the child failed");
  require_filled(start, end, LATER);
  require_leaf(start);
}

/* Leaves of 2 MiB come with an eager sbrk, and fork keeps them. */
static void superpg_fork(void)
{
  char *start, *end;

  begin("superpg_fork");
  start = grow_large();
  end = start + LARGE_LEAVES * SUPERPGSIZE;
  for (char *leaf = start; leaf < end; leaf += SUPERPGSIZE)
    require_leaf(leaf);
  require_zero(start, end);
  fill(start, end, PARENTS);
  require_filled(start, end, PARENTS);

  require(status_of(inherit_and_write, start) == 0, "a child failed");
  require_filled(start, end, PARENTS);
  write_before_the_child(start);
  require_filled(start + SUPERPGSIZE, end, PARENTS + SUPERPGSIZE);
  end_test();
}

static void touch(char *va)
{
  *(volatile char *)va += 1;
}

static void require_gone(char *va)
{
  require(pgpte(va) == 0, "a page is there that was given back");
  require(status_of(touch, va) == -1, "memory that was given back is there");
}

static void shrink_to(char *end)
{
  char *old = sbrk(0);

  require(sbrk(end - old) == old, "cannot shrink");
}

/* Give back what is above end, a part of the leaf at start. */
static void shrink_and_look(char *end)
{
  char *start = (char *)SUPERPGROUNDDOWN((uint64)end);

  shrink_to(end);
  require_gone(end);
  require_gone(start + SUPERPGSIZE - PGSIZE);
  require_filled(start, end, PARENTS);
  fill(start, end, CHILDS);
  require_filled(start, end, CHILDS);
}

/* Giving back a part of a leaf leaves the rest as it was. */
static void superpg_free(void)
{
  char *start, *second, *third, *middle;

  begin("superpg_free");
  start = grow_large();
  second = start + SUPERPGSIZE;
  third = second + SUPERPGSIZE;
  middle = second + SUPERPGSIZE / 2 + PGSIZE;
  fill(start, second, PARENTS);
  fill(second, third, PARENTS);

  shrink_to(third + PGSIZE); /* never touched */
  require_gone(third + PGSIZE);
  require_zero(third, third + PGSIZE);
  require(status_of(shrink_and_look, middle) == 0, "a child failed");
  require_filled(second, third, PARENTS);
  shrink_and_look(middle);
  require_leaf(start);
  require_filled(start, second, PARENTS);

  require(sbrk(LARGE_HEAP) == middle, "cannot grow");
  require_zero(middle, third);
  require_filled(second, middle, CHILDS);
  require_leaf(third);
  shrink_to(second);
  require_gone(second);
  require_leaf(start);
  shrink_to(start);
  require_gone(start);
  end_test();
}

/* Each test has a process of its own, so that one that fails, or is ended,
 * costs no other. Whether it did well. */
static int run(void (*test)(void))
{
  int status = -1, pid = fork();

  if (pid == 0) {
    test();
    exit(0);
  }
  return pid > 0 && wait(&status) == pid && status == 0;
}

int main(void)
{
  static void (*const tests[])(void) = {ugetpid_test, pgaccess_test,
                                        print_pgtbl,  print_kpgtbl,
                                        superpg_fork, superpg_free};
  int failed = 0;

  for (int i = 0; i < (int)(sizeof(tests) / sizeof(tests[0])); i++)
    failed += !run(tests[i]);
  if (failed == 0)
    printf("pgtbltest: all tests succeeded\n");
  else
    printf("pgtbltest: %d tests failed\n", failed);
  return failed > 0;
}
