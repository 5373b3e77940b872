/* Child processes and how they end. */
#include "usertests.h"

int try_spawn(child_body body, uint64 argument)
{
  int pid = fork();

  if (pid == 0) {
    body(argument);
    exit(PASSED_STATUS);
  }
  return pid;
}

int must_spawn(child_body body, uint64 argument)
{
  int pid = try_spawn(body, argument);

  MUST(pid > 0);
  return pid;
}

int must_reap(void)
{
  int status = FAILED_STATUS;

  MUST(wait(&status) > 0);
  return status;
}

void must_all_pass(int n)
{
  for (int i = 0; i < n; i++)
    MUST_EQ(must_reap(), PASSED_STATUS);
  MUST_REFUSE(wait(0));
}

int status_of(child_body body, uint64 argument)
{
  int status = FAILED_STATUS;
  int pid = must_spawn(body, argument);

  MUST_EQ(wait(&status), pid);
  return status;
}

void must_pass(child_body body, uint64 argument)
{
  MUST_EQ(status_of(body, argument), PASSED_STATUS);
}

void must_fault(child_body body, uint64 argument)
{
  break_line();
  MUST_EQ(status_of(body, argument), KILLED_STATUS);
}

void spin(uint64 unused)
{
  (void)unused;
  for (;;)
    ;
}

void load_from(uint64 va)
{
  (void)*(volatile char *)va;
}

void store_to(uint64 va)
{
  *(volatile char *)va = 1;
}

long raw_call(int number, uint64 first, uint64 second, uint64 third)
{
  register uint64 a0 __asm__("a0") = first;
  register uint64 a1 __asm__("a1") = second;
  register uint64 a2 __asm__("a2") = third;
  register uint64 a7 __asm__("a7") = (uint64)number;

  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return (long)a0;
}
