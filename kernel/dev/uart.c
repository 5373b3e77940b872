/* The serial port. Bytes of programs are queued and sent by interrupt, those
 * of the kernel's messages at once. Whoever sends holds printing, which comes
 * after lock. */
#include "dev/uart.h"
#include "arch/mmio.h"
#include "arch/ns16550.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "lib/print.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

/* 115200 baud from the clock of the virt machine's port. */
#define CLOCK_HZ 3686400
#define DIVISOR (CLOCK_HZ / (16 * 115200))

#define QUEUE_SIZE (4 * UART_CHUNK)
static_assert((QUEUE_SIZE & (QUEUE_SIZE - 1)) == 0, "the counts may wrap");

static uint64 base; /* of the registers */

static struct spinlock lock = SPINLOCK_INIT("uart");

/* Bytes that wait to be sent are those from count sent to count queued. queued
 * changes under lock, by whole chunks, and sent while printing is held. */
static char queue[QUEUE_SIZE];
static uint queued, sent;

/* Under lock: somebody may sleep on queue until there is room for a chunk. */
static bool room_wanted;

/* Under lock: received bytes stay in the port until uart_resume. */
static bool held_back;

/* Under lock: the console wants to go on. Written by interrupt alone. */
static bool unfinished;

/* So many received bytes are taken in one interrupt: each is echoed by
 * polling, while other interrupts wait. */
#define INPUT_AT_A_TIME 8

static uint8 get_register(uint64 offset)
{
  return mmio_read8(base + offset);
}

static void set_register(uint64 offset, uint8 value)
{
  mmio_write8(base + offset, value);
}

static bool line_has(uint8 bits)
{
  return (get_register(NS16550_LSR) & bits) == bits;
}

void uart_init(uint64 registers)
{
  base = registers;
  set_register(NS16550_IER, 0);
  set_register(NS16550_LCR, NS16550_LCR_DLAB);
  set_register(NS16550_DLL, DIVISOR & 0xFF);
  set_register(NS16550_DLM, DIVISOR >> 8);
  set_register(NS16550_LCR, NS16550_LCR_8N1);
  set_register(NS16550_FCR, NS16550_FCR_ENABLE | NS16550_FCR_CLEAR_RX |
                                NS16550_FCR_CLEAR_TX);
}

/* Bytes that wait. With lock held they may be fewer by now, with printing held
 * more. */
static uint waiting(void)
{
  return __atomic_load_n(&queued, __ATOMIC_ACQUIRE) -
         __atomic_load_n(&sent, __ATOMIC_ACQUIRE);
}

static bool has_room(void)
{
  return waiting() <= QUEUE_SIZE - UART_CHUNK;
}

/* Take the first byte that waits. Printing is held. */
static char next(void)
{
  char c = queue[sent % QUEUE_SIZE];
  __atomic_store_n(&sent, sent + 1, __ATOMIC_RELEASE);
  return c;
}

/* Let the port interrupt when bytes come in that can be kept, and when its
 * FIFO is empty and there are more to be sent, or somebody to be told that a
 * message has sent them, or the console to go on. Holds lock. */
static void choose_interrupts(void)
{
  uint8 receive = held_back ? 0 : NS16550_IER_RECEIVE;
  bool wanted = waiting() > 0 || room_wanted || unfinished;
  uint8 transmit = wanted ? NS16550_IER_TRANSMIT : 0;
  set_register(NS16550_IER, receive | transmit);
}

/* Fill an empty FIFO, though not in the midst of a message. Holds lock. */
static void send_burst(void)
{
  print_hold();
  if (line_has(NS16550_LSR_ROOM)) {
    for (int i = 0; i < NS16550_FIFO_SIZE && waiting() > 0; i++)
      set_register(NS16550_THR, (uint8)next());
  }
  print_release();
}

/* Let the console go on, or give it what was received. Whether it wants to go
 * on. */
static bool receive(void)
{
  bool more = unfinished && console_go_on();

  for (int i = 0; i < INPUT_AT_A_TIME && !more && line_has(NS16550_LSR_DATA) &&
                  console_has_room();
       i++)
    more = console_input(get_register(NS16550_RBR));
  return more;
}

static void interrupt(int irq)
{
  (void)irq;
  get_register(NS16550_IIR); /* acknowledges that the FIFO went empty */
  bool more = receive();

  /* Under lock, so that no uart_resume falls between look and note. */
  acquire(&lock);
  unfinished = more;
  held_back = !console_has_room();
  send_burst();
  if (room_wanted && has_room()) {
    room_wanted = false;
    wakeup(queue);
  }
  choose_interrupts();
  release(&lock);
}

void uart_enable_interrupts(void)
{
  plic_handle(UART0_IRQ, interrupt);
  set_register(NS16550_IER, NS16550_IER_RECEIVE);
}

void uart_put_now(char c)
{
  while (!line_has(NS16550_LSR_ROOM))
    ;
  set_register(NS16550_THR, (uint8)c);
}

void uart_send_queued(void)
{
  /* In a panic the counts may be anything: no more than the queue can hold. */
  for (uint i = 0; i < QUEUE_SIZE && waiting() > 0; i++)
    uart_put_now(next());
}

void uart_write(const char *bytes, uint nbytes)
{
  acquire(&lock);
  while (!has_room() && !killed()) {
    room_wanted = true;
    sleep(queue, &lock);
  }
  if (has_room()) {
    for (uint i = 0; i < nbytes; i++)
      queue[(queued + i) % QUEUE_SIZE] = bytes[i];
    __atomic_store_n(&queued, queued + nbytes, __ATOMIC_RELEASE);
  }
  send_burst();
  choose_interrupts();
  release(&lock);
}

void uart_resume(void)
{
  acquire(&lock);
  held_back = false;
  choose_interrupts();
  release(&lock);
}

void uart_drain(void)
{
  irq_push();
  print_hold();
  uart_send_queued();
  while (!line_has(NS16550_LSR_EMPTY))
    ;
  print_release();
  irq_pop();
}
