/* Our firmware: what runs in M-mode on a machine that is booted bare. Every
 * hart comes here from reset by isa.S and mentry.S, and hands the machine to
 * S-mode: the memory, the exceptions and the interrupts. The first to arrive
 * goes on to the kernel, the others wait until the kernel starts them.
 *
 * After that M-mode runs only for what S-mode cannot do itself: it answers SBI
 * calls (ecall from S-mode) and passes timer and software interrupts on. This
 * is as much of SBI 1.0 as the kernel uses: one call each of the Timer, IPI and
 * Hart State Management extensions. It is no whole SBI, which has the Base
 * extension, too. M-mode runs with interrupts off.
 *
 * Read RISC-V Privileged 1.12, Machine-Level ISA, and arch/sbi.h before. */
#include "sbi/firmware.h"
#include "arch/mmio.h"
#include "arch/sbi.h"

#define ECALL_BYTES 4 /* the instruction has no short form */
#define REG_A0 10     /* a0 is x10 */

/* Set in every hart's record by the one that starts it. */
static struct {
  uint64 entry;  /* where to start in S-mode; 0: not yet. By atomics only */
  uint64 opaque; /* with this in a1 */
} starts[NCPU];

/* 1 once a hart is on its way to the kernel. Atomics take words only. */
static uint first_arrived;

/* Try an instruction that this hart may lack: true if it does not trap. If it
 * does, it comes out at the label; the trap has changed mstatus, which is zero
 * until set_up is done. */
#define try(instruction, value)                                                \
  ({                                                                           \
    uint64 there_;                                                             \
    __asm__ volatile("la %0, 1f\n"                                             \
                     "csrw mtvec, %0\n"                                        \
                     "li %0, 0\n" instruction "\n"                             \
                     "li %0, 1\n"                                              \
                     ".balign 4\n"                                             \
                     "1: csrw mstatus, zero\n"                                 \
                     : "=&r"(there_)                                           \
                     : "r"((uint64)(value))                                    \
                     : "memory", "t0");                                        \
    there_ != 0;                                                               \
  })
#define csr_try_write(csr, value) try("csrw " CSR_NAME(csr) ", %1", value)

static void set_up(void)
{
  /* The first byte of a word is its lowest, if data is little-endian. */
  volatile uint word = 1;
  if (*(volatile uchar *)&word != 1)
    isa_lacks("little-endian data\n");

  /* With Smrnmi, M-mode takes no trap until this is set. */
  csr_try_write(CSR_MNSTATUS, MNSTATUS_NMIE);
  if (!try("fence.i", 0))
    isa_lacks("extension Zifencei\n");
  if (!try("csrr t0, time", 0))
    isa_lacks("extension Zicntr\n");

  /* Physical memory protection: what no entry matches is closed to S-mode, so
   * the first entry gives it all of memory. Without PMP it has that anyway;
   * with a PMP of no entries, QEMU lets no hart leave M-mode. */
  if (csr_try_write(CSR_PMPADDR0, PMP_EVERYWHERE)) {
    csr_write(pmpcfg0, PMP_NAPOT_RWX);
    if (csr_read(pmpcfg0) == 0)
      isa_lacks("an entry of the PMP\n");
  }

  /* The lower modes may read the counters, time among them. Where there is
   * Sstc, S-mode sets its timer itself; the kernel finds out by trying. Where
   * there is Svadu, no access faults for want of A or D. */
  csr_write(mcounteren, COUNTEREN_ALL);
  csr_try_write(CSR_MENVCFG, MENVCFG_STCE | MENVCFG_ADUE);
  csr_write(mtvec, (uint64)mtrap_vector);

  /* Delegation: an exception or interrupt whose bit is set goes to S-mode's
   * vector, unless it comes from M-mode. All exceptions do so but the calls of
   * S-mode, which are what the firmware is for. */
  csr_write(medeleg, ~(1UL << CAUSE_ECALL_S));
  csr_write(mideleg, MIP_SSIP | MIP_STIP | MIP_SEIP);

  /* The timer's compare register is 0 from the start, which makes its interrupt
   * pending for ever. Nobody takes it, but QEMU looks at a pending interrupt
   * after every CSR write: a trap takes nearly twice as long. */
  mmio_write64(CLINT_MTIMECMP(csr_read(mhartid)), NEVER);

  /* mret goes to S-mode, paging and interrupts off. M-mode itself wants to hear
   * of IPIs, and of its timer once that is set. */
  csr_write(satp, 0);
  csr_write(mstatus, MSTATUS_MPP_SUPERVISOR);
  csr_write(mie, MIP_MSIP);
}

/* The answers to SBI calls; the kernel's side is in arch/. */
static long send_ipi(uint64 hartid)
{
  if (hartid >= NCPU)
    return SBI_ERR_INVALID_PARAM;
  io_fence(); /* what the receiver is to see is in memory before the IPI */
  mmio_write32(CLINT_MSIP(hartid), 1);
  return SBI_SUCCESS;
}

/* The boot hart alone starts itself and others: no two start the same one. */
static long start_hart(uint64 hartid, uint64 entry, uint64 opaque)
{
  if (hartid >= NCPU)
    return SBI_ERR_INVALID_PARAM;
  if (__atomic_load_n(&starts[hartid].entry, __ATOMIC_ACQUIRE) != 0)
    return SBI_ERR_ALREADY_AVAILABLE;
  starts[hartid].opaque = opaque;
  __atomic_store_n(&starts[hartid].entry, entry, __ATOMIC_RELEASE);
  return send_ipi(hartid);
}

void firmware_start(uint64 hartid, uint64 fdt)
{
  uint64 entry;
  set_up();
  if (!__atomic_exchange_n(&first_arrived, 1, __ATOMIC_ACQ_REL))
    start_hart(hartid, (uint64)boot_entry, fdt);

  /* Wait to be started, which may have happened long ago. The IPI is taken back
   * before the look, so that none can fall between look and sleep. */
  for (;;) {
    mmio_write32(CLINT_MSIP(hartid), 0);
    io_fence();
    entry = __atomic_load_n(&starts[hartid].entry, __ATOMIC_ACQUIRE);
    if (entry != 0)
      break;
    wait_for_interrupt();
  }

  /* This stack is M-mode's at traps, too: mscratch tells mtrap_vector. */
  register uint64 a0 __asm__("a0") = hartid;
  register uint64 a1 __asm__("a1") = starts[hartid].opaque;
  icache_flush();
  csr_write(mepc, entry);
  __asm__ volatile("csrw mscratch, sp\n"
                   "mret" ::"r"(a0),
                   "r"(a1));
  __builtin_unreachable();
}

/* Extension in a7, function in a6, arguments from a0; the error. The kernel
 * sends an IPI to one hart at a time: the mask in a0 is 1. */
static long answer(const uint64 *a)
{
  if (a[7] == SBI_EXT_TIMER && a[6] == SBI_TIMER_SET) {
    mmio_write64(CLINT_MTIMECMP(csr_read(mhartid)), a[0]);
    csr_clear(mip, MIP_STIP);
    csr_set(mie, MIP_MTIP);
    return SBI_SUCCESS;
  }
  if (a[7] == SBI_EXT_IPI && a[6] == SBI_IPI_SEND && a[0] == 1)
    return send_ipi(a[1]);
  if (a[7] == SBI_EXT_HSM && a[6] == SBI_HSM_START)
    return start_hart(a[0], a[1], a[2]);
  return SBI_ERR_NOT_SUPPORTED;
}

void mtrap(uint64 *x)
{
  switch (csr_read(mcause)) {
  case CAUSE_INTERRUPT | IRQ_M_TIMER:
    /* S-mode finds its interrupt pending until it sets the timer again. */
    csr_clear(mie, MIP_MTIP);
    csr_set(mip, MIP_STIP);
    break;
  case CAUSE_INTERRUPT | IRQ_M_SOFT:
    /* In this order, one that comes in between is not lost. */
    mmio_write32(CLINT_MSIP(csr_read(mhartid)), 0);
    io_fence();
    csr_set(mip, MIP_SSIP);
    break;
  case CAUSE_ECALL_S:
    csr_write(mepc, csr_read(mepc) + ECALL_BYTES);
    x[REG_A0] = (uint64)answer(&x[REG_A0]);
    x[REG_A0 + 1] = 0; /* the value: none of the calls has one */
    break;
  default:
    mtrap_unexpected(); /* all else is delegated, so this is a bug */
  }
}

static void put_char(char c)
{
  while (!(mmio_read8(UART0 + NS16550_LSR) & NS16550_LSR_ROOM))
    ;
  mmio_write8(UART0 + NS16550_THR, (uint8)c);
}

static void put(const char *text, uint64 value)
{
  while (*text != 0)
    put_char(*text++);
  for (int shift = 60; shift >= 0; shift -= 4)
    put_char("0123456789abcdef"[(value >> shift) & 0xF]);
}

void mtrap_unexpected(void)
{
  put("\nfirmware: unexpected trap: hart 0x", csr_read(mhartid));
  put(" mcause 0x", csr_read(mcause));
  put(" mepc 0x", csr_read(mepc));
  put(" mtval 0x", csr_read(mtval));
  put_char('\n');
  csr_write(mie, 0);
  for (;;)
    wait_for_interrupt();
}
