/* Numbers in arguments: the C standard's lenient way, and a strict one. */
#include "user/lib/util.h"
#include "user/user.h"

#define RADIX 10
#define NUMBER_MAX 0x7FFFFFFFul /* the largest int */

/* The value of a decimal digit; RADIX or more for any other character. */
static uint digit_value(char c)
{
  return (uint)(uchar)c - '0';
}

/* Numbers that do not fit wrap, as unsigned arithmetic does. */
int atoi(const char *s)
{
  while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
    s++;

  char sign = *s;
  if (sign == '-' || sign == '+')
    s++;

  uint magnitude = 0;
  for (uint digit; (digit = digit_value(*s)) < RADIX; s++)
    magnitude = magnitude * RADIX + digit;
  return (int)(sign == '-' ? 0 - magnitude : magnitude);
}

int parse_number(const char *text, int *value)
{
  uint64 sum = 0;

  if (*text == '\0')
    return -1;
  for (; *text != '\0'; text++) {
    uint digit = digit_value(*text);
    if (digit >= RADIX)
      return -1;
    sum = sum * RADIX + digit;
    if (sum > NUMBER_MAX)
      return -1;
  }
  *value = (int)sum;
  return 0;
}
