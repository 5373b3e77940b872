/* The console: bytes that come in are edited as a line; readers get whole
 * lines; writers' bytes go out by the UART's queue.
 *
 * Bytes stand in a ring: those before line_start are whole lines (or ends of
 * input) for readers, those from there on the line that is being typed. While
 * the ring is full, which takes many whole lines, the UART holds bytes back.
 *
 * Order: the UART's lock, then the console's. */
#include "fs/console.h"
#include "dev/uart.h"
#include "fs/file.h"
#include "fs/span.h"
#include "kernel/param.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"

#define LINE_SIZE 128  /* a line this long ends by itself */
#define RING_SIZE 8192 /* typed ahead, a power of two */

#define CONTROL(letter) ((letter)-0x40)
#define END_OF_INPUT CONTROL('D')
#define LIST_PROCESSES CONTROL('P')
#define KILL_LINE CONTROL('U')
#define BACKSPACE CONTROL('H')
#define DELETE 0x7F

static struct {
  struct spinlock lock;
  struct sleeplock writing; /* one write at a time, so that lines stay whole */
  uint taken;               /* these three grow and wrap together */
  uint line_start;
  uint typed;
  char ring[RING_SIZE];
} console;

/* What is unfinished; the interrupt's own. */
static int next_listed = NPROC; /* the slot that the list of processes is at */
static bool kills_line;

#define RUB_OUTS_AT_A_TIME 8

static char *ring_at(uint position)
{
  return &console.ring[position % RING_SIZE];
}

static void rub_out(void)
{
  console.typed--;
  printk("\b \b");
}

/* Add a byte to the line; the line is done with a newline, with an end of
 * input, or when it is full. */
static void type(char c)
{
  if (console.typed - console.taken == RING_SIZE)
    return;
  *ring_at(console.typed++) = c;
  if (c != END_OF_INPUT)
    printk("%c", c);
  if (c == '\n' || c == END_OF_INPUT ||
      console.typed - console.line_start == LINE_SIZE) {
    console.line_start = console.typed;
    wakeup(&console.line_start);
  }
}

static void edit(int c)
{
  switch (c) {
  case KILL_LINE:
    kills_line = true;
    break;
  case BACKSPACE:
  case DELETE:
    if (console.typed != console.line_start)
      rub_out();
    break;
  case '\0':
    break;
  case '\r':
    type('\n');
    break;
  default:
    type(c);
  }
}

bool console_go_on(void)
{
  acquire(&console.lock);
  for (int i = 0; kills_line && i < RUB_OUTS_AT_A_TIME; i++) {
    if (console.typed == console.line_start)
      kills_line = false;
    else
      rub_out();
  }
  release(&console.lock);
  if (next_listed < NPROC)
    next_listed = procdump(next_listed);
  return kills_line || next_listed < NPROC;
}

bool console_input(int c)
{
  if (c == LIST_PROCESSES) {
    next_listed = 0;
  } else {
    acquire(&console.lock);
    edit(c);
    release(&console.lock);
  }
  return kills_line || next_listed < NPROC;
}

bool console_has_room(void)
{
  acquire(&console.lock);
  bool result = console.typed - console.taken < RING_SIZE;
  release(&console.lock);
  return result;
}

/* The length of what a read of nbytes may take: up to a newline, which it
 * takes, or an end of input, which it does not. */
static uint line_length(uint nbytes)
{
  uint most = min_u64(nbytes, LINE_SIZE);
  most = min_u64(most, console.line_start - console.taken);
  for (uint i = 0; i < most; i++) {
    char c = *ring_at(console.taken + i);
    if (c == '\n')
      return i + 1;
    if (c == END_OF_INPUT)
      return i;
  }
  return most;
}

/* Copy length bytes out of the ring, or as many as go before a bad place. */
static uint take(struct uio uio, uint length)
{
  uint done = 0;
  while (done < length) {
    uint step = span_in_page(uio, done, length - done);
    step = min_u64(step, RING_SIZE - console.taken % RING_SIZE);
    if (copy_to_uio(uio, done, ring_at(console.taken), step) < 0)
      break;
    console.taken += step;
    done += step;
  }
  return done;
}

/* Take a line, or part of it, that is there. */
static int take_line(struct uio uio, uint nbytes)
{
  uint length = line_length(nbytes);
  if (length == 0) {
    console.taken++; /* the end of input at the begin of a line */
    return 0;
  }
  uint done = take(uio, length);
  return done > 0 ? (int)done : -1;
}

static int console_read(short minor, struct uio uio, int nbytes)
{
  int result = 0;
  (void)minor; /* there is one console */
  acquire(&console.lock);
  while (nbytes > 0 && console.taken == console.line_start && !killed())
    sleep(&console.line_start, &console.lock);
  if (nbytes > 0)
    result = console.taken == console.line_start ? -1 : take_line(uio, nbytes);
  release(&console.lock);
  uart_resume();
  return result;
}

static int console_write(short minor, struct uio uio, int nbytes)
{
  char chunk[UART_CHUNK];
  int done = 0;
  (void)minor;
  acquiresleep(&console.writing);
  while (done < nbytes) {
    uint step = span_in_page(uio, done, nbytes - done);
    step = min_u64(step, sizeof(chunk));
    if (copy_from_uio(chunk, uio, done, step) < 0)
      break;
    uart_write(chunk, step);
    done += step;
  }
  releasesleep(&console.writing);
  return done == 0 && nbytes > 0 ? -1 : done;
}

void console_init(void)
{
  static const struct device device = {.read = console_read,
                                       .write = console_write};
  memset(&console, 0, sizeof(console));
  initlock(&console.lock, "console");
  initsleeplock(&console.writing, "console output");
  device_register(CONSOLE, &device);
}
