/* Formatted output. The text gathers in a buffer that belongs to one call,
 * and an ordinary line leaves it in one write: the lines of processes that
 * print at the same time do not mix. */
#include <stdarg.h>
#include "user/lib/util.h"
#include "user/user.h"

#define BUFFER_SIZE 256
#define DECIMAL 10
#define HEX 16
#define POINTER_DIGITS 16
#define NUMBER_DIGITS 20 /* 2 to the 64th, in decimal */

struct output {
  int fd;
  int total;  /* bytes printed, those in the buffer included */
  int failed; /* a write did not succeed */
  int used;   /* of buffer */
  char buffer[BUFFER_SIZE];
};

static void flush(struct output *out)
{
  if (fd_write_all(out->fd, out->buffer, out->used) < 0)
    out->failed = 1;
  out->used = 0;
}

static void put_char(struct output *out, char c)
{
  if (out->used == BUFFER_SIZE)
    flush(out);
  out->buffer[out->used++] = c;
  out->total++;
}

static void put_string(struct output *out, const char *s)
{
  if (s == NULL)
    s = "(null)";
  while (*s != '\0')
    put_char(out, *s++);
}

/* At least min_digits digits, with zeros in front. */
static void put_number(struct output *out, uint64 value, uint base,
                       int min_digits)
{
  char digits[NUMBER_DIGITS];
  int ndigits = 0;

  do {
    digits[ndigits++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0 || ndigits < min_digits);
  while (ndigits > 0)
    put_char(out, digits[--ndigits]);
}

static void put_signed(struct output *out, long value)
{
  if (value < 0)
    put_char(out, '-');
  put_number(out, value < 0 ? 0 - (uint64)value : (uint64)value, DECIMAL, 1);
}

/* A number of 64 bits, by d, u or x. Any other letter belongs to the text:
 * programs of 2020 write a bare %l for an unsigned number. Gives what follows
 * the conversion. */
static const char *put_long(struct output *out, const char *letter,
                            uint64 value)
{
  switch (*letter) {
  case 'd':
    put_signed(out, (long)value);
    return letter + 1;
  case 'x':
    put_number(out, value, HEX, 1);
    return letter + 1;
  default:
    put_number(out, value, DECIMAL, 1);
    return *letter == 'u' ? letter + 1 : letter;
  }
}

/* The arguments, behind a pointer: a va_list itself may be an array. */
struct arguments {
  va_list list;
};

/* Print one conversion; spec points behind its %. Gives what follows it. */
static const char *convert(struct output *out, const char *spec,
                           struct arguments *args)
{
  if (*spec == 'l') {
    spec += spec[1] == 'l' ? 2 : 1;
    return put_long(out, spec, va_arg(args->list, uint64));
  }

  switch (*spec) {
  case 'd':
    put_signed(out, va_arg(args->list, int));
    break;
  case 'u':
    put_number(out, va_arg(args->list, uint), DECIMAL, 1);
    break;
  case 'x':
    put_number(out, va_arg(args->list, uint), HEX, 1);
    break;
  case 'p':
    put_string(out, "0x");
    put_number(out, va_arg(args->list, uint64), HEX, POINTER_DIGITS);
    break;
  case 's':
    put_string(out, va_arg(args->list, const char *));
    break;
  case 'c':
    put_char(out, (char)va_arg(args->list, int));
    break;
  case '%':
    put_char(out, '%');
    break;
  default: /* no conversion: print it as it stands */
    put_char(out, '%');
    return spec;
  }
  return spec + 1;
}

static int print(int fd, const char *format, struct arguments *args)
{
  struct output out;

  out.fd = fd;
  out.total = out.failed = out.used = 0;
  while (*format != '\0') {
    char c = *format++;
    if (c == '%')
      format = convert(&out, format, args);
    else
      put_char(&out, c);
  }
  flush(&out);
  return out.failed ? -1 : out.total;
}

int printf(const char *format, ...)
{
  struct arguments args;

  va_start(args.list, format);
  int result = print(1, format, &args);
  va_end(args.list);
  return result;
}

int fprintf(int fd, const char *format, ...)
{
  struct arguments args;

  va_start(args.list, format);
  int result = print(fd, format, &args);
  va_end(args.list);
  return result;
}
