/* Formatting, and the kernel's messages. */
#include "lib/print.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/panic.h"

/* Where formatted text goes: each byte to put, or into buf as far as it has
 * room. length counts all of it. */
struct sink {
  void (*put)(char c);
  char *buf;
  size_t room;
  size_t length;
};

/* What stands between % and the conversion's letter. */
struct spec {
  bool zeros; /* fill with 0, not with blanks */
  bool wide;  /* 64 bits, not 32 */
  uint width; /* at least so many characters */
};

#define POINTER_DIGITS 16
#define DIGITS_MAX 20 /* of 64 bits in base 10 */
#define WIDTH_MAX 100

static void emit(struct sink *sink, char c)
{
  if (sink->put != NULL)
    sink->put(c);
  else if (sink->length + 1 < sink->room)
    sink->buf[sink->length] = c;
  sink->length++;
}

static void emit_fill(struct sink *sink, char c, uint width, uint taken)
{
  for (; taken < width; taken++)
    emit(sink, c);
}

static void emit_text(struct sink *sink, struct spec spec, const char *text)
{
  uint length = 0;

  if (text == NULL)
    text = "(null)";
  while (text[length] != 0)
    length++;
  emit_fill(sink, ' ', spec.width, length);
  for (; *text != 0; text++)
    emit(sink, *text);
}

static void emit_number(struct sink *sink, struct spec spec, uint64 value,
                        uint base, bool negative)
{
  char digits[DIGITS_MAX];
  uint n = 0;
  uint length;

  do {
    digits[n++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);

  length = n + (negative ? 1 : 0);
  if (!spec.zeros)
    emit_fill(sink, ' ', spec.width, length);
  if (negative)
    emit(sink, '-');
  if (spec.zeros)
    emit_fill(sink, '0', spec.width, length);
  while (n > 0)
    emit(sink, digits[--n]);
}

/* Read flags, width and length; the position of the conversion's letter. */
static const char *parse_spec(const char *at, struct spec *spec)
{
  *spec = (struct spec){0};
  if (*at == '0') {
    spec->zeros = true;
    at++;
  }
  for (; *at >= '0' && *at <= '9'; at++) {
    if (spec->width < WIDTH_MAX)
      spec->width = 10 * spec->width + (uint)(*at - '0');
  }
  for (; *at == 'l'; at++)
    spec->wide = true;
  return at;
}

static void emit_signed(struct sink *sink, struct spec spec, long value)
{
  uint64 size = value < 0 ? -(uint64)value : (uint64)value;
  emit_number(sink, spec, size, 10, value < 0);
}

static void emit_pointer(struct sink *sink, const void *pointer)
{
  struct spec full = {.zeros = true, .width = POINTER_DIGITS};
  emit(sink, '0');
  emit(sink, 'x');
  emit_number(sink, full, (uint64)pointer, 16, false);
}

static void emit_unsigned(struct sink *sink, struct spec spec, uint base,
                          va_list *args)
{
  uint64 value = spec.wide ? va_arg(*args, uint64) : va_arg(*args, uint);
  emit_number(sink, spec, value, base, false);
}

static void convert(struct sink *sink, char letter, struct spec spec,
                    va_list *args)
{
  switch (letter) {
  case 'd':
    emit_signed(sink, spec,
                spec.wide ? va_arg(*args, long) : va_arg(*args, int));
    break;
  case 'u':
    emit_unsigned(sink, spec, 10, args);
    break;
  case 'x':
    emit_unsigned(sink, spec, 16, args);
    break;
  case 'p':
    emit_pointer(sink, va_arg(*args, void *));
    break;
  case 's':
    emit_text(sink, spec, va_arg(*args, const char *));
    break;
  case 'c':
    emit(sink, (char)va_arg(*args, int));
    break;
  default: /* %% and what nobody defined */
    emit(sink, letter);
  }
}

static void format_to(struct sink *sink, const char *format, va_list *args)
{
  struct spec spec;

  for (; *format != 0; format++) {
    if (*format != '%') {
      emit(sink, *format);
      continue;
    }
    format = parse_spec(format + 1, &spec);
    if (*format == 0)
      return;
    convert(sink, *format, spec, args);
  }
}

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

/* The lock of messages: the hart that prints, NULL if none does. It stands on
 * its own, since spinlocks print when they are misused. */
static struct hart *printer;

/* The printer never lets go: it panics. Changed while printing is held. */
static bool kept;

static void (*before_message)(void);
static void (*output)(char c);

void print_to(void (*before)(void), void (*put)(char c))
{
  before_message = before;
  output = put;
}

void print_hold(void)
{
  struct hart *self = this_hart();
  struct hart *nobody = NULL;

  if (__atomic_load_n(&printer, __ATOMIC_RELAXED) == self)
    return;
  while (!__atomic_compare_exchange_n(&printer, &nobody, self, false,
                                      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    if (__atomic_load_n(&kept, __ATOMIC_RELAXED))
      panic_stop();
    nobody = NULL;
  }
}

void print_release(void)
{
  if (!kept)
    __atomic_store_n(&printer, NULL, __ATOMIC_RELEASE);
}

void print_keep(void)
{
  print_hold();
  __atomic_store_n(&kept, true, __ATOMIC_RELAXED);
}

void print_give_up(void)
{
  if (__atomic_load_n(&printer, __ATOMIC_RELAXED) == this_hart())
    print_release();
}

void vprintk(const char *format, va_list args)
{
  struct sink sink = {.put = output};
  bool irqs_were_on;
  va_list rest;

  if (output == NULL)
    return;
  irqs_were_on = irq_enabled();
  irq_disable();
  print_hold();
  before_message();
  va_copy(rest, args);
  format_to(&sink, format, &rest);
  va_end(rest);
  print_release();
  if (irqs_were_on)
    irq_enable();
}

void printk(const char *format, ...)
{
  va_list args;

  va_start(args, format);
  vprintk(format, args);
  va_end(args);
}
