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

/* Where formatted text goes: to the port or, if there is a buf, into that as
 * far as it has room; and what it is made of. length counts all of it. */
struct sink {
  char *buf;
  size_t room;
  size_t length;
  va_list args; /* those that are not taken yet */
};

#define POINTER_DIGITS 16
#define WIDTH_MAX 100 /* more than 64 bits have in base 10, with a sign */

/* Of buf one byte stays free, for the NUL. */
static void emit(struct sink *sink, char c)
{
  if (sink->buf == NULL)
    uart_put_now(c);
  else if (sink->length + 1 < sink->room)
    sink->buf[sink->length] = c;
  sink->length++;
}

/* Emit text, and before it as many blanks as bring it up to width. */
static void emit_text(struct sink *sink, const char *text, size_t length,
                      size_t width)
{
  for (; width > length; width--)
    emit(sink, ' ');
  for (; length > 0; length--)
    emit(sink, *text++);
}

/* Emit a number's digits, with a minus before them if negative: value is
 * without its sign. Up to width it is filled with zeros, which come after the
 * sign, or with blanks, which come before it. */
static void emit_number(struct sink *sink, uint64 value, uint base,
                        bool negative, size_t width, bool zeros)
{
  char digits[WIDTH_MAX + 1]; /* filled from the end, last digit first */
  char *end = digits + sizeof(digits), *first = end;
  do {
    *--first = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0 || (zeros && (size_t)(end - first) + negative < width));
  if (negative)
    *--first = '-';
  emit_text(sink, first, (size_t)(end - first), width);
}

/* Emit the next argument as the conversion says that begins at, behind its %.
 * Returns the position of the conversion's letter. */
static const char *convert(struct sink *sink, const char *at)
{
  /* Flag, width and length. The flag, a 0, counts for nothing in the width. */
  bool zeros = *at == '0';
  bool wide = false; /* 64 bits, not 32 */
  size_t width = 0;  /* at least so many characters */
  for (; *at >= '0' && *at <= '9'; at++)
    width = min_u64(10 * width + (size_t)(*at - '0'), WIDTH_MAX);
  for (; *at == 'l'; at++)
    wide = true;

  switch (*at) {
  case 'p':
    emit_text(sink, "0x", 2, 0);
    emit_number(sink, (uint64)va_arg(sink->args, void *), 16, false,
                POINTER_DIGITS, true);
    break;
  case 'd':
  case 'u':
  case 'x': {
    long value = wide         ? va_arg(sink->args, long)
                 : *at == 'd' ? va_arg(sink->args, int)
                              : (long)va_arg(sink->args, uint);
    bool negative = *at == 'd' && value < 0;

    /* The most negative long has no positive one: it is negated as unsigned. */
    emit_number(sink, negative ? -(uint64)value : (uint64)value,
                *at == 'x' ? 16 : 10, negative, width, zeros);
    break;
  }
  case 's': {
    const char *text = va_arg(sink->args, const char *);
    if (text == NULL)
      text = "(null)";
    emit_text(sink, text, strlen(text), width);
    break;
  }
  case 'c':
    emit(sink, (char)va_arg(sink->args, int));
    break;
  case '\0': /* the format ends in the midst of a conversion */
    return at - 1;
  default: /* %% and what nobody defined */
    emit(sink, *at);
  }
  return at;
}

static void format_to(struct sink *sink, const char *format)
{
  for (; *format != 0; format++) {
    if (*format == '%')
      format = convert(sink, format + 1);
    else
      emit(sink, *format);
  }
}

/* A text that does not fit is counted to its end: the caller can tell. */
size_t format_text(char *buf, size_t room, const char *format, ...)
{
  struct sink sink = {.buf = buf, .room = room};
  va_start(sink.args, format);
  format_to(&sink, format);
  va_end(sink.args);
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

/* Release: the next printer sees what this one did, as to the port's queue. */
void print_release(void)
{
  if (--holds == 0)
    __atomic_store_n(&printer, NULL, __ATOMIC_RELEASE);
}

void vprintk(const char *format, va_list args)
{
  struct sink sink = {.buf = NULL};

  /* An interrupt may print, too: on this hart it would find printing held, and
   * go on into the midst of this message. */
  uint64 irqs_were_on = irq_take(0);
  print_hold();
  uart_send_queued();
  va_copy(sink.args, args);
  format_to(&sink, format);
  va_end(sink.args);
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
