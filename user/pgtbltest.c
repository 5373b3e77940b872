/* pgtbltest: what a program can see of its own page table. */
#include "kernel/types.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define SHOWN_PAGES 10 /* at either end of the address space */

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

static void end(void)
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
  end();
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
  end();
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
  end();
}

/* The same table as the kernel prints it. */
static void print_kpgtbl(void)
{
  begin("print_kpgtbl");
  kpgtbl();
  end();
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
                                        print_pgtbl, print_kpgtbl};
  int failed = 0;

  for (int i = 0; i < (int)(sizeof(tests) / sizeof(tests[0])); i++)
    failed += !run(tests[i]);
  if (failed == 0)
    printf("pgtbltest: all tests succeeded\n");
  else
    printf("pgtbltest: %d tests failed\n", failed);
  return failed > 0;
}
