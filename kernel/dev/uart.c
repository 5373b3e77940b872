/* The driver of the serial port. Bytes that programs write are put into a queue
 * and leave by interrupt, a FIFO full at a time; the kernel's messages are sent
 * at once, by polling. Received bytes go to the console, which may hold them
 * back in the port. Lock order: lock, then printing (print_hold), which is held
 * while bytes are sent. Read arch/mmio.h before, for the port's registers. */
#include "dev/uart.h"
#include "arch/mmio.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "lib/print.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

/* The address of a register. */
#define REGISTER(name) (UART0 + NS16550_##name)

/* 115200 baud from the clock of the virt machine's port. */
#define CLOCK_HZ 3686400
#define DIVISOR (CLOCK_HZ / (16 * 115200))

/* So many received bytes are taken in one interrupt: each is echoed by
 * polling, while other interrupts wait. */
#define INPUT_AT_A_TIME 8

#define QUEUE_SIZE (4 * UART_CHUNK)
static_assert((QUEUE_SIZE & (QUEUE_SIZE - 1)) == 0, "the counts may wrap");

/* Bytes that wait to be sent are those from count sent to count queued. queued
 * changes under lock, by whole chunks, and sent while printing is held. */
static char queue[QUEUE_SIZE];
static uint queued, sent;

static struct spinlock lock = SPINLOCK_INIT("uart"); /* guards these: */
static bool room_wanted; /* somebody may sleep on queue, for a chunk's room */
static bool unfinished; /* the console wants to go on; only interrupt sets it */

static bool line_has(uint8 bits)
{
  return (mmio_read8(REGISTER(LSR)) & bits) == bits;
}

void uart_init(void)
{
  mmio_write8(REGISTER(IER), 0);
  mmio_write8(REGISTER(LCR), NS16550_LCR_DLAB);
  mmio_write8(REGISTER(DLL), DIVISOR & 0xFF);
  mmio_write8(REGISTER(DLM), DIVISOR >> 8);
  mmio_write8(REGISTER(LCR), NS16550_LCR_8N1);
  mmio_write8(REGISTER(FCR),
              NS16550_FCR_ENABLE | NS16550_FCR_CLEAR_RX | NS16550_FCR_CLEAR_TX);

  /* What had been typed went with the FIFO's contents. QEMU passes on what it
   * holds back behind the FIFO only after a read. */
  mmio_read8(REGISTER(RBR));
}

/* How many bytes wait. Who holds lock keeps others from adding to them, who
 * holds printing keeps others from sending them. */
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
static uint8 next(void)
{
  char c = queue[sent % QUEUE_SIZE];
  __atomic_store_n(&sent, sent + 1, __ATOMIC_RELEASE);
  return (uint8)c;
}

/* Fill an empty FIFO, though not in the midst of a message. Holds lock. */
static void send_burst(void)
{
  print_hold();
  if (line_has(NS16550_LSR_ROOM)) {
    for (int i = 0; i < NS16550_FIFO_SIZE && waiting() > 0; i++)
      mmio_write8(REGISTER(THR), next());
  }
  print_release();
}

/* Let the port interrupt when bytes come in that can be kept, and when its FIFO
 * is empty and there is something to do then: to send more, to wake a writer
 * for whom a message has made room, or to let the console go on. Holds lock, so
 * that no uart_resume falls between the console's answer and what follows. */
static void choose_interrupts(void)
{
  uint8 receive = console_has_room() ? NS16550_IER_RECEIVE : 0;
  bool wanted = waiting() > 0 || room_wanted || unfinished;
  uint8 transmit = wanted ? NS16550_IER_TRANSMIT : 0;
  mmio_write8(REGISTER(IER), receive | transmit);
}

static void interrupt(void)
{
  mmio_read8(REGISTER(IIR)); /* acknowledges that the FIFO went empty */

  /* The console goes on with the last byte or gets some new ones. It takes its
   * own lock, and echoes, so this one is not held. */
  bool more = unfinished && console_go_on();
  for (int i = 0; i < INPUT_AT_A_TIME && !more && line_has(NS16550_LSR_DATA) &&
                  console_has_room();
       i++)
    more = console_input(mmio_read8(REGISTER(RBR)));

  acquire(&lock);
  unfinished = more;
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
  mmio_write8(REGISTER(IER), NS16550_IER_RECEIVE);
}

void uart_put_now(char c)
{
  while (!line_has(NS16550_LSR_ROOM))
    ;
  mmio_write8(REGISTER(THR), (uint8)c);
}

void uart_send_queued(void)
{
  /* In a panic the counts may be anything: no more than the queue can hold. */
  for (uint i = 0; i < QUEUE_SIZE && waiting() > 0; i++)
    uart_put_now((char)next());
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
