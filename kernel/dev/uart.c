/* The serial port. Bytes of programs are queued and sent by interrupt, those
 * of the kernel's messages at once. */
#include "dev/uart.h"
#include "arch/mmio.h"
#include "arch/ns16550.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "sync/spinlock.h"
#include "sync/wait.h"

/* 115200 baud from the clock of the virt machine's port. */
#define CLOCK_HZ 3686400
#define DIVISOR (CLOCK_HZ / (16 * 115200))

/* Bytes sent when the FIFO is found empty. uart_put_now looks at the FIFO
 * without a lock, so the rest is left to harts that do so at the same time. */
#define BURST (NS16550_FIFO_SIZE / 2)

#define QUEUE_SIZE 512
static_assert((QUEUE_SIZE & (QUEUE_SIZE - 1)) == 0, "the counts may wrap");

static uint64 base; /* of the registers */

static struct spinlock lock = SPINLOCK_INIT("uart");

/* Under lock: bytes that wait to be sent are those from count sent to count
 * queued. Whoever waits for room sleeps on queue. */
static char queue[QUEUE_SIZE];
static uint queued, sent;

/* Under lock: received bytes stay in the port until uart_resume. */
static bool held_back;

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

/* Let the port interrupt when bytes come in that can be kept, and when its
 * FIFO is empty and there are more to be sent. Holds lock. */
static void choose_interrupts(void)
{
  uint8 receive = held_back ? 0 : NS16550_IER_RECEIVE;
  uint8 transmit = sent == queued ? 0 : NS16550_IER_TRANSMIT;
  set_register(NS16550_IER, receive | transmit);
}

/* Move queued bytes to an empty FIFO. Holds lock. */
static void send_burst(void)
{
  if (line_has(NS16550_LSR_ROOM)) {
    for (int i = 0; i < BURST && sent != queued; i++)
      set_register(NS16550_THR, (uint8)queue[sent++ % QUEUE_SIZE]);
  }
  choose_interrupts();
}

static void interrupt(int irq)
{
  (void)irq;
  get_register(NS16550_IIR); /* acknowledges that the FIFO went empty */
  while (line_has(NS16550_LSR_DATA) && console_has_room())
    console_input(get_register(NS16550_RBR));

  /* Under lock, so that no uart_resume falls between look and note. */
  acquire(&lock);
  held_back = !console_has_room();
  bool was_full = queued - sent == QUEUE_SIZE;
  send_burst();
  if (was_full && queued - sent < QUEUE_SIZE)
    wakeup(queue);
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

void uart_write(char c)
{
  acquire(&lock);
  while (queued - sent == QUEUE_SIZE && !killed())
    sleep_on(queue, &lock);
  if (queued - sent < QUEUE_SIZE)
    queue[queued++ % QUEUE_SIZE] = c;
  send_burst();
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
  acquire(&lock);
  while (sent != queued)
    send_burst();
  while (!line_has(NS16550_LSR_EMPTY))
    ;
  release(&lock);
}
