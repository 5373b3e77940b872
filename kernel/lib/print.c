/* Formatting, and the kernel's messages. One loop over the format hands each
 * byte of the result to a sink: the serial port for printk, memory for
 * format_text. Nothing is gathered in between, so a message may have any length
 * and needs no memory. Messages of several harts stay whole by a lock of their
 * own, which a hart may take again: it may panic while it prints. */
#include "lib/print.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"
#include "lib/string.h"

/* Where formatted text goes: each byte to put, or, if that is NULL, into buf as
 * far as it has room. length counts all of it. */
struct sink {
  void (*put)(char c);
  char *buf;
  size_t room;
  size_t length;
};

#define POINTER_DIGITS 16
#define DIGITS_MAX 20 /* of 64 bits in base 10 */
#define WIDTH_MAX 100

/* Of buf one byte stays free, for the NUL. */
static void emit(struct sink *sink, char c)
{
  if (sink->put != NULL)
    sink->put(c);
  else if (sink->length + 1 < sink->room)
    sink->buf[sink->length] = c;
  sink->length++;
}

/* Emit text, and before it as often fill as brings it up to width. */
static void emit_text(struct sink *sink, const char *text, size_t length,
                      size_t width, char fill)
{
  for (; width > length; width--)
    emit(sink, fill);
  for (; length > 0; length--)
    emit(sink, *text++);
}

/* Emit a number's digits, with a minus before them if negative: value is
 * without its sign. */
static void emit_number(struct sink *sink, uint64 value, uint base,
                        bool negative, size_t width, char fill)
{
  char digits[DIGITS_MAX + 1]; /* and a sign, filled from the end */
  char *end = digits + sizeof(digits), *first = end;

  /* The last digit comes out first. */
  do {
    *--first = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);

  /* Zeros come after the sign, blanks before it. */
  if (negative && fill == '0') {
    emit(sink, '-');
    width -= width > 0;
  } else if (negative) {
    *--first = '-';
  }
  emit_text(sink, first, (size_t)(end - first), width, fill);
}

/* Emit the next argument as the conversion says that begins at, behind its %.
 * Returns the position of the conversion's letter. */
static const char *convert(struct sink *sink, const char *at, va_list *args)
{
  /* Flag, width and length. The flag is a digit of the width as well, where it
   * counts for nothing. */
  char fill = *at == '0' ? '0' : ' ';
  bool wide = false; /* 64 bits, not 32 */
  size_t width = 0;  /* at least so many characters */

  for (; *at >= '0' && *at <= '9'; at++) {
    if (width < WIDTH_MAX)
      width = 10 * width + (size_t)(*at - '0');
  }
  for (; *at == 'l'; at++)
    wide = true;

  switch (*at) {
  case 'd':
  case 'u':
  case 'x': {
    long value = wide         ? va_arg(*args, long)
                 : *at == 'd' ? va_arg(*args, int)
                              : (long)va_arg(*args, uint);
    bool negative = *at == 'd' && value < 0;

    /* The most negative long has no positive one: it is negated as unsigned. */
    emit_number(sink, negative ? -(uint64)value : (uint64)value,
                *at == 'x' ? 16 : 10, negative, width, fill);
    break;
  }
  case 'p':
    emit_text(sink, "0x", 2, 0, ' ');
    emit_number(sink, (uint64)va_arg(*args, void *), 16, false, POINTER_DIGITS,
                '0');
    break;
  case 's': {
    const char *text = va_arg(*args, const char *);
    if (text == NULL)
      text = "(null)";
    emit_text(sink, text, strlen(text), width, ' ');
    break;
  }
  case 'c':
    emit(sink, (char)va_arg(*args, int));
    break;
  case '\0': /* the format ends in the midst of a conversion */
    return at - 1;
  default: /* %% and what nobody defined */
    emit(sink, *at);
  }
  return at;
}

/* args goes by its address, so that convert can take one after another. */
static void format_to(struct sink *sink, const char *format, va_list *args)
{
  for (; *format != 0; format++) {
    if (*format == '%')
      format = convert(sink, format + 1, args);
    else
      emit(sink, *format);
  }
}

/* A text that does not fit is cut, but counted to its end: the caller can tell
 * by the length. */
size_t format_text(char *buf, size_t room, const char *format, ...)
{
  struct sink sink = {.buf = buf, .room = room};
  va_list args;

  va_start(args, format);
  format_to(&sink, format, &args);
  va_end(args);
  if (room > 0)
    buf[sink.length < room ? sink.length : room - 1] = 0;
  return sink.length;
}

/* The lock of messages: the hart that prints, NULL if none does, and how often
 * it holds printing. It is no spinlock, because those print when they are
 * misused, and because a hart that panics in the midst of its own message must
 * not wait for its end. */
static struct hart *printer;
static uint holds;

/* See print_to. NULL: nobody can print yet. */
static void (*before_message)(void);
static void (*output)(char c);

void print_to(void (*before)(void), void (*put)(char c))
{
  before_message = before;
  output = put;
}

void print_hold(void)
{
  struct hart *holder = NULL;

  while (!__atomic_compare_exchange_n(&printer, &holder, this_hart(), false,
                                      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) &&
         holder != this_hart()) {
    if (panicked())
      panic_stop(); /* who panics never lets go */
    holder = NULL;  /* whom the exchange is to find */
  }
  holds++;
}

/* Release: the next printer sees what this one left, such as the port's
 * queue. */
void print_release(void)
{
  if (--holds == 0)
    __atomic_store_n(&printer, NULL, __ATOMIC_RELEASE);
}

void vprintk(const char *format, va_list args)
{
  struct sink sink = {.put = output};
  va_list rest;

  if (output == NULL)
    return;

  /* An interrupt may print, too: on this hart it would find printing held, and
   * go on into the midst of this message. */
  uint64 irqs_were_on = irq_take(0);
  print_hold();
  before_message();
  va_copy(rest, args); /* a parameter's address may be that of a pointer */
  format_to(&sink, format, &rest);
  va_end(rest);
  print_release();
  irq_restore(irqs_were_on);
}

void printk(const char *format, ...)
{
  va_list args;

  va_start(args, format);
  vprintk(format, args);
  va_end(args);
}
