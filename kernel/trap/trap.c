#include "trap/trap.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/image.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "trap/clock.h"

#define ECALL_BYTES 4

/* So many times as long as SPIE takes SUM where the TLB goes with it. */
#define SUM_DEAR 10

/* In trampoline.S and kernelvec.S. */
extern const uint64 user_entry_va;
extern void (*const user_exit_va)(uint64 user_satp);
extern char kernelvec[];

/* Called by assembly. */
void usertrap(void);
void kerneltrap(struct kframe *frame);

/* The exception table: instructions of mm/ that touch the user's operand of a
 * copy, and where each goes on if it cannot. The linker script gathers it. */
struct extable_entry {
  uint64 pc;
  uint64 fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

static bool sum_stays_set;

/* The least time that CHANGES changes of a bit of sstatus take. */
#define ROUNDS 5
#define CHANGES 100
static uint64 time_changes(uint64 bit)
{
  uint64 least = ~0UL;

  for (int round = 0; round < ROUNDS; round++) {
    uint64 start = clock_now();
    for (int i = 0; i < CHANGES; i += 2) {
      csr_set(sstatus, bit);
      csr_clear(sstatus, bit);
    }
    least = min_u64(least, clock_now() - start);
  }
  return least;
}

void trap_leave_sum_set(bool asked)
{
  if (DEBUG) {
    if (asked)
      printk("sum=open is refused: a debug build shows each access outside a "
             "window\n");
    return;
  }
  uint64 sum = time_changes(SSTATUS_SUM), spie = time_changes(SSTATUS_SPIE);
  if (!asked && sum <= SUM_DEAR * max_u64(spie, 1))
    return;
  sum_stays_set = true;
  printk("SUM stays set: %s; a change takes %lu ns, one of SPIE %lu\n",
         asked ? "as asked" : "to change it is dear",
         clock_to_ns(sum) / CHANGES, clock_to_ns(spie) / CHANGES);
}

void trap_init_hart(void)
{
  csr_write(stvec, (uint64)kernelvec);
  if (sum_stays_set)
    csr_set(sstatus, SSTATUS_SUM);
  this_hart()->sum_bit = sum_stays_set ? 0 : SSTATUS_SUM;
  csr_write(sie, SIE_SSIE | SIE_STIE | SIE_SEIE);
}

void trapframe_lead_in(struct trapframe *frame, uint64 kernel_sp)
{
  frame->usertrap = (uint64)usertrap;
  frame->kernel_sp = kernel_sp;
}

static void handle_interrupt(uint64 scause)
{
  bool slice_over = false;

  switch (scause & ~CAUSE_INTERRUPT) {
  case IRQ_S_TIMER:
    slice_over = clock_interrupt();
    timed_sleepers_wake(clock_now());
    break;
  case IRQ_S_EXTERNAL:
    plic_interrupt();
    break;
  case IRQ_S_SOFT: /* work for an idle hart, which needs no more than this */
    csr_clear(sip, SIE_SSIE);
    if (panicked())
      panic_stop();
    break;
  default:
    panic("interrupt %ld that nobody enabled", scause & ~CAUSE_INTERRUPT);
  }
  interrupt_handled(slice_over);
}

/* 0 with the access that a page fault wanted, -1 if it is no page fault. */
static int fault_access(uint64 scause, enum access *access)
{
  switch (scause) {
  case CAUSE_FETCH_PAGE_FAULT:
    *access = ACCESS_EXECUTE;
    return 0;
  case CAUSE_LOAD_PAGE_FAULT:
    *access = ACCESS_READ;
    return 0;
  case CAUSE_STORE_PAGE_FAULT:
    *access = ACCESS_WRITE;
    return 0;
  default:
    return -1;
  }
}

/* Make the access possible that a user could not make; or end the process. */
static void handle_user_fault(uint64 scause, uint64 sepc, uint64 stval)
{
  enum access access;
  int result =
      fault_access(scause, &access) < 0 ? -1 : page_fault(stval, access);

  if (result < 0)
    process_faulted(result == OUT_OF_MEMORY ? "out of memory"
                                            : trap_cause_name(scause),
                    sepc, stval);
}

void usertrap(void)
{
  latency_begin(here());
  struct trapframe *frame = this_hart()->frame;

  /* All is read before interrupts come on, since the next trap writes these
   * registers anew. */
  uint64 scause = csr_read(scause), sepc = csr_read(sepc);
  csr_write(stvec, (uint64)kernelvec);

  if (scause == CAUSE_ECALL_U) {
    frame->epc = sepc + ECALL_BYTES;
    irq_enable();
    syscall();
  } else if (scause & CAUSE_INTERRUPT) {
    frame->epc = sepc;
    handle_interrupt(scause);
    irq_enable();
  } else {
    uint64 stval = csr_read(stval);
    frame->epc = sepc;
    irq_enable();
    handle_user_fault(scause, sepc, stval);
  }
  exit_if_killed();
  return_to_user();
}

void return_to_user(void)
{
  csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP); /* sret goes to user mode */
  uint64 user_satp = address_space_entering_user();

  const struct hart *hart = this_hart();
  if (hart->notify_at != 0)
    clock_arm(hart->notify_at);

  const struct trapframe *frame = hart->frame;
  csr_write(stvec, user_entry_va);
  csr_write(sepc, frame->epc);
  csr_set(sstatus, SSTATUS_SPIE);
  latency_end();
  user_exit_va(user_satp);
  __builtin_unreachable();
}

static void check_stack(const struct kframe *frame)
{
  uint64 lowest = frame->x[2] - sizeof(*frame);
  if (!(lowest & KSTACK_SIZE))
    panic_at(frame, "kernel stack overflow: sp 0x%lx", frame->x[2]);
}

/* The fixup for a fault at pc; 0 if none is expected there. */
static uint64 extable_fixup(uint64 pc)
{
  for (const struct extable_entry *e = extable_start; e < extable_end; e++)
    if (e->pc == pc)
      return e->fixup;
  return 0;
}

/* A copy routine touched a user page: make the access possible, or let the
 * routine go on at its fixup. */
static void handle_kernel_exception(struct kframe *frame)
{
  uint64 fixup = extable_fixup(frame->sepc);
  enum access access;

  if (fixup == 0 || frame->stval >= USER_VA_STOP ||
      fault_access(frame->scause, &access) < 0)
    panic_at(frame, "%s in the kernel", trap_cause_name(frame->scause));

  if (frame->sstatus & SSTATUS_SPIE)
    irq_enable(); /* all that the next trap overwrites is in the frame */
  if (page_fault(frame->stval, access) < 0)
    frame->sepc = fixup;
  irq_disable();
}

void kerneltrap(struct kframe *frame)
{
  latency_begin(here());
  frame->sstatus = csr_read(sstatus);
  csr_clear(sstatus, sum_bit()); /* the hardware leaves a window open */
  frame->sepc = csr_read(sepc);
  frame->scause = csr_read(scause);
  frame->stval = csr_read(stval);

  check_stack(frame);
  if (!(frame->scause & CAUSE_INTERRUPT))
    handle_kernel_exception(frame);
  else
    handle_interrupt(frame->scause);

  csr_write(sepc, frame->sepc);
  csr_write(sstatus, frame->sstatus);
  if (frame->sstatus & SSTATUS_SPIE)
    latency_end();
}
