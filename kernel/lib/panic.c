/* A panic: the report of a bug in the kernel, and the end. The kernel may be
 * broken in any way by then, so a report takes no lock but printing's; it
 * allocates nothing, and follows no pointer but frame pointers within its own
 * stack. In order:
 *   1. interrupts go off, so this hart stays with it to the end
 *   2. printing is held for good: one hart wins, others that panic or would
 *      print stop
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
#define DEPTH_MAX 30    /* lines of a backtrace */
#define FRAME_RECORD 16 /* bytes; the stack is aligned to as many */

static int panics; /* how often a hart that holds printing has come here */
bool panic_exits;

bool panicked(void)
{
  return __atomic_load_n(&panics, __ATOMIC_ACQUIRE) > 0;
}

void panic_stop(void)
{
  irq_disable();
  csr_write(sie, 0); /* else wfi would return at once, again and again */
  for (;;)
    wait_for_interrupt();
}

static void __attribute__((noreturn)) finish(void)
{
  if (panic_exits)
    power_off(PANIC_EXIT_STATUS);
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
  printk("backtrace:\n");
  print_address(pc, pc);
  for (int depth = 0; depth < DEPTH_MAX; depth++) {
    const uint64 *top = (const uint64 *)fp;
    /* The frame must be in the block of the stack that sp is in: user code or a
     * bug may have left anything in fp. */
    if (fp % FRAME_RECORD != 0 ||
        (fp - FRAME_RECORD) / KSTACK_BLOCK != sp / KSTACK_BLOCK)
      return;

    /* Callers are further up; the outermost function has none. */
    uint64 return_address = top[-1], caller_fp = top[-2];
    if (caller_fp <= fp || return_address < (uint64)text_start ||
        return_address >= (uint64)text_end)
      return;

    /* A call may be its function's last instruction, so the caller is looked
     * up by the byte before its return. */
    print_address(return_address, return_address - 1);
    fp = caller_fp;
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

/* Steps 1 to 3. A second panic, of the report itself, is worth a line. Should
 * that fail, too, no more is printed; and should the end fail, it stops. */
static void begin(const char *format, va_list args)
{
  irq_disable();
  print_hold();
  __atomic_fetch_add(&panics, 1, __ATOMIC_RELEASE);
  if (panics > 3)
    panic_stop();
  if (panics < 3) {
    printk("\npanic%s: ", panics > 1 ? " inside a panic" : "");
    vprintk(format, args);
    printk("\n");
  }
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
