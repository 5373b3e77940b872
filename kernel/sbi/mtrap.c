/* Traps into M-mode: interrupts that are passed on to S-mode, and its calls.
 * Everything else is delegated, so whatever else arrives here is a bug. */
#include "sbi/firmware.h"
#include "arch/mmio.h"
#include "sbi/mcsr.h"

#define ECALL_LENGTH 4 /* bytes; the instruction has no short form */

/* S-mode finds a timer interrupt pending until it sets the timer again. */
static void pass_timer_on(void)
{
  csr_clear(mie, MIP_MTIP);
  csr_set(mip, MIP_STIP);
}

/* The order matters: an interrupt that comes in between is not lost. */
static void pass_ipi_on(void)
{
  mmio_write32(CLINT_MSIP(csr_read(mhartid)), 0);
  io_fence();
  csr_set(mip, MIP_SSIP);
}

void mtrap(struct mframe *frame)
{
  switch (csr_read(mcause)) {
  case CAUSE_INTERRUPT | IRQ_M_TIMER:
    pass_timer_on();
    break;
  case CAUSE_INTERRUPT | IRQ_M_SOFT:
    pass_ipi_on();
    break;
  case CAUSE_ECALL_S:
    csr_write(mepc, csr_read(mepc) + ECALL_LENGTH);
    sbi_answer(frame);
    break;
  default:
    mtrap_unexpected();
  }
}

static void put_char(char c)
{
  while (!(mmio_read8(UART0 + NS16550_LSR) & NS16550_LSR_ROOM))
    ;
  mmio_write8(UART0 + NS16550_THR, (uint8)c);
}

static void put_text(const char *text)
{
  while (*text != 0)
    put_char(*text++);
}

static void put_value(const char *name, uint64 value)
{
  put_text(name);
  put_text(" 0x");
  for (int shift = 60; shift >= 0; shift -= 4)
    put_char("0123456789abcdef"[(value >> shift) & 0xF]);
}

void mtrap_unexpected(void)
{
  put_text("\nfirmware: unexpected trap:");
  put_value(" hart", csr_read(mhartid));
  put_value(" mcause", csr_read(mcause));
  put_value(" mepc", csr_read(mepc));
  put_value(" mtval", csr_read(mtval));
  put_text("\n");
  csr_write(mie, 0);
  for (;;)
    wait_for_interrupt();
}
