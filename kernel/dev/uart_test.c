/* What leaves the serial port, in which order, and who is woken. */
#include "dev/uart.h"
#include <string.h>
#include "arch/mmio.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "lib/print.h"
#include "sync/wait.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

/* The port. Its FIFO goes empty when a test says so, or when somebody looks
 * again and again. */
static char out[4096];
static uint nout, in_fifo, looks;
static uint8 enabled; /* interrupts */
static irq_handler handler;

static int holds; /* of printing */
static int wakeups;
static bool is_killed, room_for_input = true;
static void (*while_asleep)(void);

/* Bytes that were typed and wait in the port; what was given to the console,
 * and the steps in which it wants to go on after each. */
static uint ntyped, ngiven, steps, steps_left;

uint8 mmio_read8(uint64 address)
{
  if (address == UART0 + NS16550_RBR && ntyped > 0)
    ntyped--;
  if (address != UART0 + NS16550_LSR)
    return 0;
  if (looks++ > 0)
    in_fifo = 0;
  return (in_fifo == 0 ? NS16550_LSR_ROOM | NS16550_LSR_EMPTY : 0) |
         (ntyped > 0 ? NS16550_LSR_DATA : 0);
}

void mmio_write8(uint64 address, uint8 value)
{
  if (address == UART0 + NS16550_IER)
    enabled = value;
  if (address != UART0 + NS16550_THR || handler == NULL)
    return;
  CHECK(holds > 0 && in_fifo < NS16550_FIFO_SIZE);
  looks = 0;
  in_fifo++;
  out[nout++] = (char)value;
}

void print_hold(void)
{
  CHECK(holds++ == 0);
  looks = 0;
}

void print_release(void)
{
  holds--;
}

void plic_handle(int irq, irq_handler given)
{
  CHECK_EQ(irq, UART0_IRQ);
  handler = given;
}

bool console_input(int c)
{
  CHECK_EQ(c, 0);
  CHECK_EQ(steps_left, 0);
  ngiven++;
  steps_left = steps;
  return steps_left > 0;
}

bool console_go_on(void)
{
  CHECK(steps_left > 0);
  return --steps_left > 0;
}

bool console_has_room(void)
{
  return room_for_input;
}

bool killed(void)
{
  return is_killed;
}

void wakeup(const void *channel)
{
  CHECK(channel != NULL);
  wakeups++;
}

void sleep(const void *channel, struct spinlock *lock)
{
  CHECK(channel != NULL && while_asleep != NULL);
  release(lock);
  if (while_asleep != NULL)
    while_asleep();
  acquire(lock);
}

/* The FIFO has gone empty. Whether the port interrupts. */
static bool fifo_empties(void)
{
  in_fifo = 0;
  if (!(enabled & NS16550_IER_TRANSMIT))
    return false;
  handler();
  return true;
}

/* What printk does. */
static void print_message(void)
{
  print_hold();
  uart_send_queued();
  uart_put_now('!');
  print_release();
}

/* What has left since the last call. */
static const char *left(void)
{
  out[nout] = '\0';
  nout = 0;
  return out;
}

static void chunk_leaves_by_interrupts(void)
{
  const char *line = "forty bytes, of which the FIFO takes few\n";
  uart_write(line, strlen(line));
  CHECK_EQ(nout, NS16550_FIFO_SIZE);
  CHECK(fifo_empties());
  CHECK_EQ(nout, 2 * NS16550_FIFO_SIZE);
  CHECK(fifo_empties());
  CHECK(!fifo_empties());
  CHECK_EQ(strcmp(left(), line), 0);
}

static void message_comes_after_what_is_queued(void)
{
  uart_write("one line, and more\n", 19);
  CHECK_EQ(nout, NS16550_FIFO_SIZE);
  print_message();
  CHECK_EQ(strcmp(left(), "one line, and more\n!"), 0);
  fifo_empties();
  CHECK_EQ(strcmp(left(), ""), 0);
}

/* So many fill the queue. */
#define QUEUED_CHUNKS 4

static char chunk[UART_CHUNK];

/* Write until the next byte has no room. Gives the bytes written. */
static uint fill_queue(void)
{
  uint nbytes = 0;
  memset(chunk, 'x', sizeof(chunk));
  wakeups = 0;
  for (; nbytes < QUEUED_CHUNKS * UART_CHUNK; nbytes += UART_CHUNK) {
    in_fifo = 1; /* it takes nothing */
    uart_write(chunk, UART_CHUNK);
  }
  CHECK_EQ(nout, 0);
  return nbytes;
}

/* The queue is emptied behind the sleeper's back. */
static void message_and_reader(void)
{
  print_message();
  uart_resume();
  CHECK_EQ(wakeups, 0);
  CHECK(fifo_empties());
  CHECK_EQ(wakeups, 1);
}

static void writer_is_woken_after_a_message(void)
{
  uint nbytes = fill_queue();
  while_asleep = message_and_reader;
  uart_write("end", 3);
  CHECK_EQ(strlen(left()), nbytes + strlen("!end"));
  CHECK_EQ(strcmp(out + nbytes, "!end"), 0);
  CHECK(!fifo_empties());
}

static void next_interrupt(void)
{
  CHECK(fifo_empties());
}

static void writer_is_woken_for_a_whole_chunk(void)
{
  uint nbytes = fill_queue();
  while_asleep = next_interrupt;
  uart_write(chunk, UART_CHUNK);
  CHECK_EQ(wakeups, 1);
  CHECK_EQ(nout, UART_CHUNK);
  uart_drain();
  CHECK_EQ(strlen(left()), nbytes + UART_CHUNK);
  fifo_empties();
}

static void is_killed_asleep(void)
{
  is_killed = true;
}

static void killed_writer_does_not_wait(void)
{
  uint nbytes = fill_queue();
  while_asleep = is_killed_asleep;
  uart_write("gone", 4);
  is_killed = false;
  uart_drain();
  CHECK_EQ(strlen(left()), nbytes);
  fifo_empties();
}

static void input_is_held_back(void)
{
  room_for_input = false;
  handler();
  CHECK_EQ(enabled & NS16550_IER_RECEIVE, 0);
  room_for_input = true;
  uart_resume();
  CHECK_EQ(enabled & NS16550_IER_RECEIVE, NS16550_IER_RECEIVE);
}

/* A flood of input does not hold up other interrupts. */
static void input_comes_in_parts(void)
{
  uint before;

  ntyped = 1000;
  ngiven = 0;
  do {
    before = ngiven;
    handler();
    CHECK(ngiven > before && ngiven <= before + NS16550_FIFO_SIZE);
  } while (ntyped > 0 && ngiven > before);
  CHECK_EQ(ngiven, 1000);
}

static void unfinished_input_goes_on(void)
{
  ntyped = 2;
  ngiven = 0;
  steps = 3;
  handler();
  for (uint i = 1; i < steps; i++) {
    CHECK_EQ(ngiven, 1);
    CHECK(fifo_empties());
  }
  CHECK(fifo_empties());
  CHECK_EQ(ngiven, 2);
  for (uint i = 0; i < steps; i++)
    CHECK(fifo_empties());
  CHECK(!fifo_empties());
  CHECK_EQ(steps_left, 0);
  steps = 0;
}

int main(void)
{
  uart_init();
  uart_enable_interrupts();
  RUN(chunk_leaves_by_interrupts);
  RUN(message_comes_after_what_is_queued);
  RUN(writer_is_woken_after_a_message);
  RUN(writer_is_woken_for_a_whole_chunk);
  RUN(killed_writer_does_not_wait);
  RUN(input_is_held_back);
  RUN(input_comes_in_parts);
  RUN(unfinished_input_goes_on);
  return check_result();
}
