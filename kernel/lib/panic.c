/* A panic: the report of a bug in the kernel, and the end. The kernel may be
 * broken in any way by then, so a report takes no lock but printing's, which it
 * keeps; it allocates nothing, and follows no pointer but frame pointers within
 * its own stack. In order:
 *   1. interrupts go off, and one hart wins; a hart that panics later stops
 *   2. printing is held for good, so that others stop when they would print
 *   3. the message; then an IPI to each other hart, which stops if it takes it
 *   4. where it was: registers and backtrace, with names from the symbol table
 *   5. the machine is powered off, or this hart stops, too
 * A panic on the way starts again at 3, and then ends. */
#include "lib/panic.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/image.h"
#include "arch/sbi.h"
#include "lib/print.h"

#define PANIC_EXIT_STATUS 1
#define DEPTH_MAX 30 /* lines of a backtrace */

static struct hart *panicking; /* who panicked first; NULL: nobody */
static int panics;             /* how often that hart has come here */
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
  csr_write(sie, 0); /* else wfi would return at once, again and again */
  for (;;)
    wait_for_interrupt();
}

/* The finisher is in the global table alone: power_off in panic.h says why. */
static void finish(void) __attribute__((noreturn));
static void finish(void)
{
  if (exits) {
    panic_use_global_table();
    power_off(PANIC_EXIT_STATUS);
  }
  panic_stop();
}

/* The table is sorted: the answer is the last symbol that is not beyond. */
const char *symbol_find(uint64 address, uint64 *offset)
{
  const char *name = NULL;

  if (address >= (uint64)text_end)
    return NULL;
  for (const struct symbol *symbol = symbol_table;
       symbol->name != NULL && symbol->address <= address; symbol++) {
    name = symbol->name;
    *offset = address - symbol->address;
  }
  return name;
}

/* Print address, which belongs to the function that holds inside. */
static void print_address(uint64 address, uint64 inside)
{
  uint64 offset;
  const char *name = symbol_find(inside, &offset);

  printk("  0x%016lx", address);
  if (name != NULL)
    printk(" %s+0x%lx", name, offset + (address - inside));
  printk("\n");
}

/* Print pc, and who called whom up to there. Every function keeps in fp the
 * top of its frame, just below which are its return address and its caller's
 * fp: RISC-V ELF psABI, Frame Pointer Convention. */
static void print_backtrace(uint64 pc, uint64 fp, uint64 sp)
{
  struct record {
    uint64 caller_fp;
    uint64 return_address;
  };

  printk("backtrace:\n");
  print_address(pc, pc);
  for (int depth = 0; depth < DEPTH_MAX; depth++) {
    /* It must be in the block of the stack that sp is in: user code or a bug
     * may have left anything in fp. */
    uint64 at = fp - sizeof(struct record);
    if (at > fp || fp % sizeof(uint64) != 0 ||
        at / KSTACK_BLOCK != sp / KSTACK_BLOCK)
      return;

    /* Callers are further up; the outermost function has none. */
    const struct record *record = (const struct record *)at;
    if (record->caller_fp <= fp ||
        record->return_address < (uint64)text_start ||
        record->return_address >= (uint64)text_end)
      return;

    /* A call may be its function's last instruction, so the caller is looked
     * up by the byte before its return. */
    print_address(record->return_address, record->return_address - 1);
    fp = record->caller_fp;
  }
}

/* All but x0, which is zero. The names are those of the calling convention, in
 * the order of the registers' numbers. */
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

/* Steps 1 to 3. */
static void begin(const char *format, va_list args)
{
  struct hart *first = NULL;

  /* No interrupt, so no change of process either: this hart comes to the end,
   * if any does. */
  irq_disable();
  if (!__atomic_compare_exchange_n(&panicking, &first, this_hart(), false,
                                   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
      first != this_hart()) {
    print_give_up(); /* the first may wait for it */
    panic_stop();
  }

  /* A second panic, of the report itself, is worth a line. Should that fail,
   * too, nothing is printed any more; and should the end fail, it stops. */
  panics++;
  if (panics > 3)
    panic_stop();
  if (panics > 2)
    finish();
  print_keep();
  printk("\npanic%s: ", panics > 1 ? " inside a panic" : "");
  vprintk(format, args);
  printk("\n");
  if (panics > 1)
    finish();
  for (int i = 0; i < nharts; i++) {
    if (&harts[i] != this_hart())
      sbi_send_ipi(harts[i].hartid);
  }
}

/* What the last trap of this hart was. For a panic that no trap brought about
 * it may be an old one, but it often says what the kernel was doing. */
static void print_place(uint64 scause, uint64 sepc, uint64 stval)
{
  printk("hart %d pid %d scause 0x%lx sepc 0x%lx stval 0x%lx\n",
         this_hart()->index, panic_pid(), scause, sepc, stval);
}

void panic(const char *format, ...)
{
  va_list args;
  uint64 fp = (uint64)__builtin_frame_address(0);

  va_start(args, format);
  begin(format, args);
  va_end(args);
  print_place(csr_read(scause), csr_read(sepc), csr_read(stval));
  print_backtrace((uint64)panic, fp, fp - 1); /* fp - 1 is in the stack */
  finish();
}

/* The frame's sepc is where it happened, x8 is fp, and x2 is sp. */
void panic_at(const struct kframe *frame, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  begin(format, args);
  va_end(args);
  print_place(frame->scause, frame->sepc, frame->stval);
  print_registers(frame);
  print_backtrace(frame->sepc, frame->x[8], frame->x[2]);
  finish();
}
