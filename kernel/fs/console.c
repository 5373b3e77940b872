/* The console, major number CONSOLE: keys that come in are edited as a line,
 * readers get whole lines, and what is written goes out by the UART's queue
 * (dev/uart.h). Backspace and DEL rub out, ^U kills the line, ^D ends the
 * input, ^P lists the processes, \r counts as \n.
 *
 * Keys stand in a ring, which has three positions: from taken to line_start are
 * whole lines (or ends of input) for readers, from there to typed the line that
 * is being typed. While the ring is full, which takes many whole lines, the
 * UART holds bytes back.
 *
 * Each key is an interrupt, which must be short. So what takes long (^U echoes
 * three bytes for each that it rubs out, ^P prints all processes) is done in
 * parts, each in an interrupt of its own: console_input starts it,
 * console_go_on does the next part. */
#include "fs/file.h"
#include "dev/uart.h"
#include "kernel/param.h"
#include "lib/print.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"

#define LINE_SIZE 128  /* a line this long ends by itself */
#define RING_SIZE 8192 /* typed ahead, a power of two */
#define RUB_OUTS_AT_A_TIME 8

#define CONTROL(letter) ((letter)-0x40)
#define END_OF_INPUT CONTROL('D')
#define LIST_PROCESSES CONTROL('P')
#define KILL_LINE CONTROL('U')
#define BACKSPACE CONTROL('H')
#define DELETE 0x7F

/* One write at a time, so that lines stay whole. */
static struct sleeplock writing = SLEEPLOCK_INIT("console output");

static struct spinlock lock = SPINLOCK_INIT("console"); /* guards these: */
static uint taken, line_start, typed; /* which grow and wrap together */
static char ring[RING_SIZE];

/* What is unfinished; only the UART's interrupt uses it. */
static int next_listed = NPROC; /* the slot that the list of processes is at */
static bool kills_line;

/* Take the last key of the line away. false: there is none. */
static bool rub_out(void)
{
  if (typed == line_start)
    return false;
  typed--;
  printk("\b \b");
  return true;
}

bool console_input(int c)
{
  acquire(&lock);
  if (c == '\r')
    c = '\n';
  if (c == LIST_PROCESSES) {
    next_listed = 0;
  } else if (c == KILL_LINE) {
    kills_line = true;
  } else if (c == BACKSPACE || c == DELETE) {
    rub_out();
  } else if (c != '\0' && typed - taken < RING_SIZE) {
    ring[typed++ % RING_SIZE] = c;
    if (c != END_OF_INPUT)
      printk("%c", c);
    /* A newline, an end of input or its length ends the line: all of it is for
     * readers then, who sleep until line_start moves. */
    if (c == '\n' || c == END_OF_INPUT || typed - line_start == LINE_SIZE) {
      line_start = typed;
      wakeup(&line_start);
    }
  }
  release(&lock);
  return kills_line || next_listed < NPROC;
}

bool console_go_on(void)
{
  acquire(&lock);
  for (int i = 0; kills_line && i < RUB_OUTS_AT_A_TIME; i++)
    kills_line = rub_out();
  release(&lock);
  if (next_listed < NPROC)
    next_listed = procdump(next_listed);
  return kills_line || next_listed < NPROC;
}

/* Without the lock: uart_resume tells the UART of a read that it missed. */
bool console_has_room(void)
{
  return typed - __atomic_load_n(&taken, __ATOMIC_RELAXED) < RING_SIZE;
}

/* What a read of nbytes may take: up to a newline, which it takes, or an end of
 * input, which it does not. */
static uint line_length(uint nbytes)
{
  uint most = min_u64(nbytes, LINE_SIZE);
  most = min_u64(most, line_start - taken);
  for (uint i = 0; i < most; i++) {
    char c = ring[(taken + i) % RING_SIZE];
    if (c == '\n')
      return i + 1;
    if (c == END_OF_INPUT)
      return i;
  }
  return most;
}

int console_read(short minor, struct uio uio, int nbytes)
{
  int result = nbytes == 0 ? 0 : -1; /* unless a line says otherwise */
  (void)minor;                       /* there is one console */
  acquire(&lock);
  /* The lock is held from this look at the ring until sleep has put the reader
   * on its channel; console_input, which wakes it, needs the lock. So the
   * wakeup cannot come in between and be lost. */
  while (nbytes > 0 && taken == line_start && !killed())
    sleep(&line_start, &lock);
  if (nbytes > 0 && taken != line_start) {
    uint length = line_length(nbytes), done = 0, step;
    if (length == 0)
      taken++; /* an end of input with nothing before it */
    for (; done < length; done += step) {
      step = span_in_page(uio, done, length - done);
      uint at = taken % RING_SIZE;
      step = min_u64(step, RING_SIZE - at);
      if (copy_to_uio(uio, done, &ring[at], step) < 0)
        break;
      taken += step;
    }
    if (done > 0 || length == 0)
      result = done;
  }
  release(&lock);
  uart_resume(); /* there may be room again */
  return result;
}

/* The bytes go through the kernel in chunks that the UART takes as a whole, so
 * that no message of the kernel's falls into one. */
int console_write(short minor, struct uio uio, int nbytes)
{
  char chunk[UART_CHUNK];
  int done = 0;
  (void)minor;
  acquiresleep(&writing);
  while (done < nbytes) {
    uint step = span_in_page(uio, done, nbytes - done);
    step = min_u64(step, sizeof(chunk));
    if (copy_from_uio(chunk, uio, done, step) < 0)
      break;
    uart_write(chunk, step);
    done += step;
  }
  releasesleep(&writing);
  return done == 0 && nbytes > 0 ? -1 : done;
}
