/* The clock. All harts read the same time register. Each has a timer of its
 * own, which interrupts it at the end of the time slice, or sooner where
 * somebody wants that (clock_arm). Where the hart has Sstc, the kernel sets
 * that timer itself, else the firmware does, by an SBI call. */
#include "trap/clock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/sbi.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "sync/wait.h"

static uint64 units_per_second;
static uint64 boot_time;

/* What each hart keeps for itself. */
static struct timer {
  bool has_sstc;
  uint64 armed;     /* when its next interrupt comes */
  uint64 slice_end; /* no earlier than armed */
} timers[NCPU];

void clock_init(uint64 timebase)
{
  assert(timebase > 0);
  units_per_second = timebase;
  boot_time = r_time();
}

static void set_timer(struct timer *timer, uint64 deadline)
{
  timer->armed = deadline;
  if (timer->has_sstc)
    csr_write(CSR_STIMECMP, deadline);
  else
    sbi_set_timer(deadline);
}

static struct timer *this_timer(void)
{
  return &timers[this_hart()->index];
}

void clock_begin_slice(void)
{
  struct timer *timer = this_timer();

  timer->slice_end = r_time() + clock_from_ms(SLICE_MS);
  set_timer(timer, timer->slice_end);
}

void clock_stop(void)
{
  if (this_timer()->armed != NEVER)
    set_timer(this_timer(), NEVER);
}

bool clock_interrupt(void)
{
  struct timer *timer = this_timer();
  bool slice_over = r_time() >= timer->slice_end;

  /* What clock_arm has asked for is forgotten: deadlines that have come are
   * looked after now, others at the end of the slice at the latest. */
  if (slice_over)
    clock_begin_slice();
  else
    set_timer(timer, timer->slice_end);
  return slice_over;
}

void clock_init_hart(void)
{
  uint64 has_sstc = 0, vector = csr_read(stvec);

  /* Try to write stimecmp (RISC-V "stimecmp / vstimecmp" Extension 1.0). A hart
   * without it, or firmware that did not allow it, traps: to the label. */
  __asm__ volatile("la t0, 1f\n"
                   "csrw stvec, t0\n"
                   "csrw %1, %2\n"
                   "li %0, 1\n"
                   ".balign 4\n"
                   "1: csrw stvec, %3\n"
                   : "+r"(has_sstc)
                   : "i"(CSR_STIMECMP), "r"(-1L), "r"(vector)
                   : "t0", "memory");
  this_timer()->has_sstc = has_sstc != 0;
  clock_begin_slice();
}

void clock_arm(uint64 deadline)
{
  if (deadline < this_timer()->armed)
    set_timer(this_timer(), deadline);
}

uint64 clock_now(void)
{
  return r_time();
}

uint64 clock_ticks(void)
{
  return (r_time() - boot_time) / clock_from_ms(TICK_MS);
}

uint64 clock_from_us(uint64 microseconds)
{
  return microseconds * units_per_second / 1000000;
}
