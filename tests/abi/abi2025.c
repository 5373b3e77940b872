/* A program in the style of 2025: segments with rights of their own, entered
 * at start, which exits with what main returns. */
#include "abi.h"

#define LAZILY 2
#define LARGE_STEP (1 << 30)

int main(int argc, char **argv);
void start(int argc, char **argv);

static void store(char *va)
{
  *(volatile char *)va = 1;
}

static void call(char *va)
{
  __asm__ volatile("fence.i" ::: "memory");
  ((void (*)(void))va)();
}

/* The last instruction of a function, in the wrong place. */
static word ret_instruction = 0x00008067;

static void check_rights(void)
{
  REQUIRE(child_status(store, (char *)main) == -1);
  REQUIRE(child_status(call, (char *)&ret_instruction) == -1);
  passed("rights");
}

/* Memory that comes when it is touched; 64 GiB of it. */
static void check_lazy_heap(void)
{
  char *before = sbrk(0, LAZILY), *last = before;

  for (int i = 0; i < 64; i++) {
    last = sbrk(LARGE_STEP, LAZILY);
    REQUIRE(last != (char *)-1);
    last[0] = 1;
  }
  REQUIRE(last[1] == 0);
  REQUIRE(read(0, last + 2 * PAGE, 0) == 0);
  for (int i = 0; i < 64; i++)
    REQUIRE(sbrk(-LARGE_STEP, LAZILY) != (char *)-1);
  REQUIRE(sbrk(0, LAZILY) == before);
  passed("lazy heap");
}

int main(int argc, char **argv)
{
  program = "abi2025";
  look_at_arguments("/abi2025", argc, argv);
  check_common("/abi2025");
  check_rights();
  check_lazy_heap();
  return 0;
}

void start(int argc, char **argv)
{
  exit(main(argc, argv));
}
