/* What is done at a trap. A trap is a system call, an exception or an
 * interrupt: the hart puts the pc into sepc, the reason into scause and an
 * address, if there is one, into stval, keeps SIE in SPIE and the mode in SPP,
 * turns interrupts off (SIE) and goes to stvec in S-mode.
 *
 *   from user mode     user_entry (trampoline.S), usertrap, return_to_user,
 *                      user_exit (trampoline.S)
 *   from the kernel    kernelvec (kernelvec.S), kerneltrap, back
 *
 * Bad pointers that users pass end here, too: a copy routine touches the page
 * and faults, and if the page cannot be had, the routine goes on where the
 * exception table says. Such routines set SUM, without which S-mode may not
 * touch pages with PTE_U. Where a change of SUM is costly, it is set for good
 * instead: old QEMU drops its TLB each time.
 *
 * Read trampoline.S first, and arch/csr.h for the registers. */
#include "trap/trap.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "dev/plic.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "trap/clock.h"

#define ECALL_BYTES 4 /* the length of the instruction */

/* In trampoline.S and kernelvec.S. */
extern const uint64 user_entry_va;
extern void (*const user_exit_va)(uint64 user_satp);
extern char kernelvec[];

/* Called by assembly. */
void usertrap(void);
void kerneltrap(struct kframe *frame);

/* Instructions of mm/ that touch the user's operand of a copy, and where each
 * goes on if it cannot. The linker script gathers them. */
struct extable_entry {
  uint64 pc;
  uint64 fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

static bool sum_stays_set;

#define ROUNDS 5
#define CHANGES 100
#define SUM_COSTLY 10 /* if it takes so many times as long as SPIE */

/* Time some changes of a bit of sstatus: the least of some rounds. */
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
  if (DEBUG && asked)
    printk("sum=open is refused: a debug build shows whoever touches "
           "user memory but the copy routines\n");
  if (DEBUG)
    return;
  uint64 sum = time_changes(SSTATUS_SUM), spie = time_changes(SSTATUS_SPIE);
  if (!asked && sum <= SUM_COSTLY * max_u64(spie, 1))
    return;
  sum_stays_set = true;
  uint64 ns_in_ms = 1000000, unit = clock_from_ms(1) * CHANGES;
  printk("SUM stays set: %s; a change takes %lu ns, one of SPIE %lu\n",
         asked ? "as asked" : "to change it is dear", sum * ns_in_ms / unit,
         spie * ns_in_ms / unit);
}

void trap_init_hart(void)
{
  csr_write(stvec, (uint64)kernelvec);
  if (sum_stays_set)
    csr_set(sstatus, SSTATUS_SUM);
  this_hart()->sum_bit = sum_stays_set ? 0 : SSTATUS_SUM;
  csr_write(sie, SIE_SSIE | SIE_STIE | SIE_SEIE);
}

/* Exceptions in words: RISC-V Privileged 1.12, Supervisor Cause Register. */
static const char *cause_name(uint64 scause)
{
  static const char *const names[] = {
      [CAUSE_MISALIGNED_FETCH] = "misaligned jump",
      [CAUSE_FETCH_ACCESS] = "fetch access fault",
      [CAUSE_ILLEGAL] = "illegal instruction",
      [CAUSE_BREAKPOINT] = "breakpoint",
      [CAUSE_MISALIGNED_LOAD] = "misaligned load",
      [CAUSE_LOAD_ACCESS] = "load access fault",
      [CAUSE_MISALIGNED_STORE] = "misaligned store",
      [CAUSE_STORE_ACCESS] = "store access fault",
      [CAUSE_FETCH_PAGE_FAULT] = "fetch page fault",
      [CAUSE_LOAD_PAGE_FAULT] = "load page fault",
      [CAUSE_STORE_PAGE_FAULT] = "store page fault",
  };
  if (scause < ARRAY_LEN(names) && names[scause] != NULL)
    return names[scause];
  return "unknown exception";
}

/* Let mm/ make the access possible that was tried at stval. Less than 0 if it
 * cannot, or if the exception is no page fault. */
static int resolve(uint64 scause, uint64 stval)
{
  if (scause == CAUSE_FETCH_PAGE_FAULT)
    return page_fault(stval, ACCESS_EXECUTE);
  if (scause == CAUSE_LOAD_PAGE_FAULT)
    return page_fault(stval, ACCESS_READ);
  if (scause == CAUSE_STORE_PAGE_FAULT)
    return page_fault(stval, ACCESS_WRITE);
  return -1;
}

/* Interrupts are off until it is done. */
static void handle_interrupt(uint64 scause)
{
  bool slice_over = false;

  switch (scause & ~CAUSE_INTERRUPT) {
  case IRQ_S_TIMER:
    slice_over = clock_interrupt();
    timer_queue_wake(clock_now());
    break;
  case IRQ_S_EXTERNAL:
    plic_interrupt();
    break;
  case IRQ_S_SOFT: /* an IPI ends an idle hart's wait, or tells of a panic */
    csr_clear(sip, SIE_SSIE);
    if (panicked())
      panic_stop();
    break;
  default:
    panic("interrupt %ld that nobody enabled", scause & ~CAUSE_INTERRUPT);
  }
  interrupt_handled(slice_over);
}

/* From the trampoline: on the process's kernel stack, its private table, and
 * the hart that it was on in user mode, of which tp holds the record. */
void usertrap(void)
{
  if (LATENCY)
    latency_begin(0);

  /* All is read before interrupts come on, since the next trap writes these
   * registers anew; and by then that trap must go to kernelvec: user_entry
   * would save the kernel's registers in the trapframe, over the user's. SUM
   * needs no care here: the kernel left with it clear, or set for good. */
  struct trapframe *frame = this_hart()->frame;
  uint64 scause = csr_read(scause), sepc = csr_read(sepc);
  csr_write(stvec, (uint64)kernelvec);

  if (scause == CAUSE_ECALL_U) {
    frame->epc = sepc + ECALL_BYTES; /* sret would make the call again */
    irq_enable();
    syscall();
  } else if (scause & CAUSE_INTERRUPT) {
    frame->epc = sepc;
    handle_interrupt(scause);
    irq_enable();
  } else {
    uint64 stval = csr_read(stval);
    frame->epc = sepc; /* to be tried again */
    irq_enable();
    int result = resolve(scause, stval);
    if (result < 0)
      process_faulted(result == OUT_OF_MEMORY ? "out of memory"
                                              : cause_name(scause),
                      sepc, stval);
  }
  exit_if_killed();
  return_to_user();
}

void return_to_user(void)
{
  /* Interrupts stay off until sret, which turns them on (SPIE) and goes to user
   * mode (SPP): soon stvec, sepc and satp are the user's. From here on the
   * process cannot move to another hart; so flushes, and the timer, are done
   * for this one only now. */
  csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP);
  uint64 user_satp = address_space_entering_user();

  const struct hart *hart = this_hart();
  if (hart->notify_at != 0)
    clock_arm(hart->notify_at);

  const struct trapframe *frame = hart->frame;
  csr_write(stvec, user_entry_va);
  csr_write(sepc, frame->epc);
  csr_set(sstatus, SSTATUS_SPIE);
  if (LATENCY)
    latency_end();

  /* By its address in the trampoline, which stays when the table changes. */
  user_exit_va(user_satp);
  __builtin_unreachable();
}

/* A copy routine touched a user page: make the access possible, or let the
 * routine go on at its fixup. Any other exception of the kernel is a bug. */
static void handle_user_access(struct kframe *frame)
{
  const struct extable_entry *entry = extable_start;

  while (entry < extable_end && entry->pc != frame->sepc)
    entry++;
  if (entry == extable_end || frame->stval >= USER_VA_STOP ||
      (frame->scause != CAUSE_LOAD_PAGE_FAULT &&
       frame->scause != CAUSE_STORE_PAGE_FAULT))
    panic_at(frame, "%s in the kernel", cause_name(frame->scause));

  /* Interrupts are as they were before the fault: all that the next trap
   * overwrites is in the frame. */
  if (frame->sstatus & SSTATUS_SPIE)
    irq_enable();
  if (resolve(frame->scause, frame->stval) < 0)
    frame->sepc = entry->fixup;
  irq_disable();
}

/* From kernelvec, on the stack that was in use, or the emergency stack. The
 * registers of frame are put back when this returns. */
void kerneltrap(struct kframe *frame)
{
  if (LATENCY)
    latency_begin(0);

  /* If the trap came inside a user access, SUM is set: it is cleared before any
   * other code runs, and the saved sstatus sets it again, as the last thing
   * (sum_bit is 0 where SUM is set for good). All four registers are saved,
   * since a trap inside this one or another thread may write them. */
  frame->sstatus = csr_read(sstatus);
  csr_clear(sstatus, sum_bit());
  frame->sepc = csr_read(sepc);
  frame->scause = csr_read(scause);
  frame->stval = csr_read(stval);

  uint64 lowest = frame->x[2] - sizeof(*frame);
  if (!(lowest & KSTACK_SIZE))
    panic_at(frame, "kernel stack overflow: sp 0x%lx", frame->x[2]);
  if (frame->scause & CAUSE_INTERRUPT)
    handle_interrupt(frame->scause);
  else
    handle_user_access(frame);

  csr_write(sepc, frame->sepc);
  csr_write(sstatus, frame->sstatus);
  if (LATENCY && frame->sstatus & SSTATUS_SPIE)
    latency_end();
}
