#include "trap/clock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/sbi.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "sync/spinlock.h"

static uint64 units_per_second;
static uint64 boot_time;

/* Whether each hart sets its timer by stimecmp. */
static bool has_sstc[NCPU];

/* When each hart's next timer interrupt comes; only the hart itself looks. */
static uint64 armed[NCPU];

void clock_init(uint64 timebase)
{
  assert(timebase > 0);
  units_per_second = timebase;
  boot_time = r_time();
}

/* Try to write stimecmp: RISC-V "stimecmp / vstimecmp" Extension 1.0. A hart
 * without it, or firmware that did not allow it, traps to the label. */
static bool probe_stimecmp(void)
{
  uint64 works = 0;
  uint64 vector = csr_read(stvec);

  __asm__ volatile("la t0, 1f\n"
                   "csrw stvec, t0\n"
                   "csrw " CSR_NAME(CSR_STIMECMP) ", %1\n"
                                                  "li %0, 1\n"
                                                  ".balign 4\n"
                                                  "1: csrw stvec, %2\n"
                   : "+r"(works)
                   : "r"(-1L), "r"(vector)
                   : "t0", "memory");
  return works != 0;
}

void clock_init_hart(void)
{
  irq_push();
  has_sstc[this_hart()->index] = probe_stimecmp();
  clock_start_slice();
  irq_pop();
}

static void set_timer(uint64 deadline)
{
  int hart = this_hart()->index;

  armed[hart] = deadline;
  if (has_sstc[hart])
    csr_write(CSR_STIMECMP, deadline);
  else
    sbi_set_timer(deadline);
}

void clock_start_slice(void)
{
  set_timer(r_time() + units_per_second / SLICES_PER_SECOND);
}

void clock_arm(uint64 deadline)
{
  if (deadline < armed[this_hart()->index])
    set_timer(deadline);
}

uint64 clock_now(void)
{
  return r_time();
}

uint64 clock_ticks(void)
{
  return (r_time() - boot_time) / (units_per_second / TICKS_PER_SECOND);
}

uint64 clock_from_ticks(uint64 ticks)
{
  return ticks * (units_per_second / TICKS_PER_SECOND);
}

uint64 clock_from_ms(uint64 milliseconds)
{
  return milliseconds * units_per_second / 1000;
}

uint64 clock_from_us(uint64 microseconds)
{
  return microseconds * units_per_second / 1000000;
}
