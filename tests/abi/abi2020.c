/* A program in the style of 2020: linked as one segment that may be read,
 * written and executed, entered at main, which must not return. */
#include "abi.h"

#define FUNCTION_BYTES 8

/* Two functions of two instructions each, none of them compressed. */
extern byte give_one[FUNCTION_BYTES], give_two[FUNCTION_BYTES];
__asm__(".text\n"
        ".option push\n"
        ".option norvc\n"
        "give_one: li a0, 1\n"
        "ret\n"
        "give_two: li a0, 2\n"
        "ret\n"
        ".option pop\n");

/* Its text is memory like any other: functions can be overwritten. */
static void check_own_text(void)
{
  int (*volatile function)(void) = (int (*)(void))give_one;

  REQUIRE(function() == 1);
  for (int i = 0; i < FUNCTION_BYTES; i++)
    give_one[i] = give_two[i];
  __asm__ volatile("fence.i" ::: "memory");
  REQUIRE(function() == 2);
  passed("own text");
}

/* sbrk had one argument, and what was in a1 then is anything. */
static void check_rubbish(void)
{
  static const dword rubbish[] = {0, 0xDEADBEEF, -1UL, 0x100000001UL};

  for (int i = 0; i < (int)(sizeof(rubbish) / sizeof(rubbish[0])); i++) {
    char *start = sbrk(PAGE, rubbish[i]);

    REQUIRE(start != (char *)-1);
    start[PAGE - 1] = 1;
    REQUIRE(sbrk(-PAGE, rubbish[i]) == start + PAGE);
  }
  passed("rubbish");
}

int main(int argc, char **argv)
{
  program = "abi2020";
  look_at_arguments("/abi2020", argc, argv);
  check_common("/abi2020");
  check_rubbish();
  check_own_text();
  exit(0);
}
