/* Checks and their messages, without any library. */
#include "abi.h"

const char *program;

int length_of(const char *string)
{
  int n = 0;

  while (string[n])
    n++;
  return n;
}

int same(const char *one, const char *other)
{
  while (*one && *one == *other) {
    one++;
    other++;
  }
  return *one == *other;
}

static void say(const char *text)
{
  write(1, text, length_of(text));
}

static void say_number(int number)
{
  char digit[2] = {(char)('0' + number % 10), 0};

  if (number >= 10)
    say_number(number / 10);
  say(digit);
}

void passed(const char *check)
{
  say(program);
  say(": ");
  say(check);
  say(": OK\n");
}

void require_at(int condition, int line, const char *text)
{
  if (condition)
    return;
  say(program);
  say(": line ");
  say_number(line);
  say(": ");
  say(text);
  say(": FAILED\n");
  exit(1);
}

int child_status(void (*body)(char *argument), char *argument)
{
  int status = 1, pid = fork();

  if (pid == 0) {
    body(argument);
    exit(0);
  }
  REQUIRE(pid > 0);
  REQUIRE(wait(&status) == pid);
  return status;
}
