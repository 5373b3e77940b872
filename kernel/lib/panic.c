/* The last words of the kernel. They take no lock but printing's, and that for
 * good. */
#include "lib/panic.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/sbi.h"
#include "lib/backtrace.h"
#include "lib/print.h"

#define PANIC_EXIT_STATUS 1

/* Who panicked first; NULL: nobody. */
static struct hart *panicking;

/* How often that hart has come here. */
static int panic_depth;

static bool exits;

void panic_set_exit(bool value)
{
  exits = value;
}

bool panicked(void)
{
  return __atomic_load_n(&panicking, __ATOMIC_ACQUIRE) != NULL;
}

void panic_stop(void)
{
  irq_disable();
  csr_write(sie, 0);
  for (;;)
    wait_for_interrupt();
}

/* The end of a report. */
static void finish(void) __attribute__((noreturn));
static void finish(void)
{
  if (exits) {
    panic_use_global_table();
    power_off(PANIC_EXIT_STATUS);
  }
  panic_stop();
}

static void stop_other_harts(void)
{
  for (int i = 0; i < nharts; i++) {
    if (&harts[i] != this_hart())
      sbi_send_ipi(harts[i].hartid);
  }
}

/* Make this hart the one that reports: a hart that comes later stops here,
 * and a report that fails itself ends with one line. */
static void begin(const char *format, va_list args)
{
  struct hart *first = NULL;

  irq_disable();
  if (!__atomic_compare_exchange_n(&panicking, &first, this_hart(), false,
                                   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
      first != this_hart()) {
    print_give_up();
    panic_stop();
  }

  panic_depth++;
  if (panic_depth > 3)
    panic_stop();
  if (panic_depth > 2)
    finish();
  print_keep();
  printk("\npanic%s: ", panic_depth > 1 ? " inside a panic" : "");
  vprintk(format, args);
  printk("\n");
  if (panic_depth > 1)
    finish();
  stop_other_harts();
}

static void print_place(uint64 scause, uint64 sepc, uint64 stval)
{
  printk("hart %d pid %d scause 0x%lx sepc 0x%lx stval 0x%lx\n",
         this_hart()->index, panic_pid(), scause, sepc, stval);
}

static void print_registers(const struct kframe *frame)
{
  static const char names[][4] = {
      "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0", "a1",
      "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5", "s6",
      "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
  };
  const int per_line = 3;

  for (int i = 0; i < (int)ARRAY_LEN(names); i++) {
    printk("%4s %016lx", names[i], frame->x[i + 1]);
    if (i % per_line == per_line - 1)
      printk("\n");
  }
  printk("  sstatus 0x%lx\n", frame->sstatus);
}

void panic(const char *format, ...)
{
  va_list args;

  va_start(args, format);
  begin(format, args);
  va_end(args);
  print_place(csr_read(scause), csr_read(sepc), csr_read(stval));
  printk("backtrace:\n");
  uint64 fp = (uint64)__builtin_frame_address(0);
  backtrace_print((uint64)panic, fp, fp - 1);
  finish();
}

void panic_at(const struct kframe *frame, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  begin(format, args);
  va_end(args);
  print_place(frame->scause, frame->sepc, frame->stval);
  print_registers(frame);
  printk("backtrace:\n");
  backtrace_print(frame->sepc, frame->x[8], frame->x[2]);
  finish();
}
