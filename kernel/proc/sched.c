/* The scheduler. RUNNABLE processes wait in one queue, first come, first
 * served, but that a hart prefers those that it ran last. Each hart runs
 * scheduler() on its boot stack and the global page table: it takes a process
 * from the queue, switches to it, and comes back here when that process calls
 * sched() because it sleeps, yields or ends.
 *
 * No lock is held across a switch. So a process can be in the queue again, and
 * be taken by a second hart, while the first one still runs on its stack: the
 * process's on_hart makes the second one wait for those few instructions (T2).
 *
 * Read proc.h and sched.h before, swtch.S and sleep.c after. */
#include "proc/sched.h"
#include "arch/csr.h"
#include "arch/sbi.h"
#include "lib/panic.h"
#include "sync/wait.h"
#include "trap/clock.h"
#include "trap/trap.h"

/* What a hart chooses among, and how often in a row it may pass the first. */
#define CHOICES 4
#define PASSED_MAX 8

static struct {
  struct spinlock lock;
  struct proc *first, **end; /* by run_next; end is where the next one goes */
  uint passed;               /* times in a row that first was not taken */
  uint64 idle_harts;         /* a bit each, by index */
  int nwaiting;              /* harts with a notify_at */
} queue = {.lock = SPINLOCK_INIT("run queue"), .end = &queue.first};
static_assert(NCPU <= 64, "a hart has a bit of idle_harts");

void runqueue_put(struct proc *proc)
{
  acquire(&queue.lock);
  struct hart *hart = this_hart();
  if (proc->state == THREAD_NEW)
    proc->last_hart = hart->index; /* its memory was written here */
  if (proc == hart->proc)
    queue.passed = PASSED_MAX; /* its slice is over: the first one's turn */
  proc->state = THREAD_RUNNABLE;
  proc->run_next = NULL;
  *queue.end = proc;
  queue.end = &proc->run_next;

  /* An interrupt of the scheduler's own loop has no process: the loop looks at
   * the queue right after. */
  if (queue.idle_harts != 0 && hart->proc != NULL && hart->notify_at == 0) {
    hart->notify_at =
        clock_now() + clock_from_us(HANDOVER_US << hart->doublings);
    queue.nwaiting++;
  }
  release(&queue.lock);
}

/* The hart has no notify_at from here on. The lock is held. */
static void stop_waiting(struct hart *hart)
{
  if (hart->notify_at != 0)
    queue.nwaiting--;
  hart->notify_at = 0;
}

/* Give queue.lock back and then, if a process is queued while a hart is idle,
 * send that hart an IPI: not before, since an SBI call may take long. Whether
 * one was sent. */
static bool release_and_notify(void)
{
  const struct hart *idle = NULL;

  if (queue.first != NULL && queue.idle_harts != 0) {
    int index = 0;
    while (!(queue.idle_harts & 1UL << index))
      index++;
    /* It counts as idle no longer: the next process is for another hart. */
    queue.idle_harts &= ~(1UL << index);
    idle = &harts[index];
  }
  release(&queue.lock);
  if (idle != NULL)
    sbi_send_ipi(idle->hartid);
  return idle != NULL;
}

/* Where the process is linked that this hart is to take: the first one, or one
 * close behind it that ran here last. What that has in memory is in the hart's
 * cache, while the first one is mostly about to be taken by its own hart; but
 * it is passed over only so often. */
static struct proc **choose(const struct hart *hart)
{
  struct proc **link = &queue.first;
  if (queue.passed < PASSED_MAX) {
    for (int i = 0; i < CHOICES && *link != NULL; i++) {
      if ((*link)->last_hart == hart->index) {
        queue.passed = i > 0 ? queue.passed + 1 : 0;
        return link;
      }
      link = &(*link)->run_next;
    }
  }
  queue.passed = 0;
  return &queue.first;
}

struct proc *runqueue_take(void)
{
  struct hart *hart = this_hart();
  uint64 here = 1UL << hart->index;

  /* An idle hart that looks again takes no lock in vain: where harts outnumber
   * the host's cores, it would wait there for one that is not running. Whoever
   * queues a process from now on sees that this hart is idle. */
  if (__atomic_load_n(&queue.idle_harts, __ATOMIC_RELAXED) & here &&
      __atomic_load_n(&queue.first, __ATOMIC_RELAXED) == NULL)
    return NULL;

  acquire(&queue.lock);
  struct proc **link = choose(hart), *proc = *link;
  if (proc != NULL) {
    *link = proc->run_next;
    if (queue.end == &proc->run_next)
      queue.end = link;
    queue.idle_harts &= ~here;
    proc->state = THREAD_RUNNING;
    proc->last_hart = hart->index;
  } else {
    queue.idle_harts |= here;
  }
  /* The process that ran here left the hart before it was time to notify. */
  if (hart->notify_at != 0 && hart->doublings < HANDOVER_DOUBLINGS)
    hart->doublings++;
  stop_waiting(hart);

  /* Of the next process in the queue; unless a hart is left that waits until it
   * is time to, since that process is mostly for the hart itself. */
  if (queue.nwaiting > 0)
    release(&queue.lock);
  else
    release_and_notify();
  return proc;
}

/* Harts whose timers tick, so that sleepers are looked after: never 0. */
static int nticking;

/* Whether others tick besides this hart; then it counts no longer. */
static bool may_stop_ticks(void)
{
  int before = __atomic_fetch_sub(&nticking, 1, __ATOMIC_RELAXED);
  if (before == 1)
    __atomic_fetch_add(&nticking, 1, __ATOMIC_RELAXED);
  return before > 1;
}

void scheduler(void)
{
  struct hart *hart = this_hart();
  bool ticks = true; /* its timer interrupts it at each end of a slice */

  __atomic_fetch_add(&nticking, 1, __ATOMIC_RELAXED);
  for (;;) {
    irq_enable(); /* interrupts that are pending are taken here */
    irq_disable();

    /* An IPI that comes after the look at the queue stays pending, as
     * interrupts are off, and ends the wait at once. */
    struct proc *proc = runqueue_take();
    if (proc == NULL) {
      ticks = ticks && !may_stop_ticks();
      if (!ticks)
        clock_stop();
      if (LATENCY)
        latency_end();
      wait_for_interrupt();
      continue;
    }
    if (!ticks) {
      __atomic_fetch_add(&nticking, 1, __ATOMIC_RELAXED);
      clock_begin_slice();
      ticks = true;
    }

    /* T2: the hart that the process leaves may still be between its
     * runqueue_put and the last line of this loop. Acquire: what that hart
     * has stored, the saved context first of all, is seen from here on. */
    while (__atomic_load_n(&proc->on_hart, __ATOMIC_ACQUIRE))
      ;
    __atomic_store_n(&proc->on_hart, true, __ATOMIC_RELAXED);
    hart->proc = proc;
    aspace_enter(proc->aspace);

    /* The process left its hart with one irq_push, and goes on with it here.
     * sched() restores the word that it will undo to; a new process has not
     * come by sched(), and begins with interrupts on. */
    hart->irq_depth = 1;
    hart->irq_were_on = SSTATUS_SIE;
    swtch(&hart->scheduler, &proc->context);
    hart->irq_depth = 0;

    /* Back on this hart's own stack. Only when satp is the global table again
     * may the process be entered elsewhere, or a zombie's slot and stack be
     * another's. Release: what this hart has stored comes before. */
    aspace_leave();
    hart->proc = NULL;
    if (proc->state == THREAD_ENDING)
      become_zombie(proc);
    else
      __atomic_store_n(&proc->on_hart, false, __ATOMIC_RELEASE);
  }
}

void sched(void)
{
  struct hart *hart = this_hart();
  uint64 irq_were_on = hart->irq_were_on;

  assert(!irq_enabled());
  assert_cmp(hart->irq_depth, ==, 1);
  swtch(&hart->proc->context, &hart->scheduler);
  this_hart()->irq_were_on = irq_were_on; /* this may be another hart */
}

void yield(void)
{
  irq_push();
  runqueue_put(myproc());
  sched();
  irq_pop();
}

void interrupt_handled(bool slice_over)
{
  struct hart *hart = this_hart();

  if (hart->proc == NULL) /* the scheduler's loop looks right after */
    return;
  if (hart->notify_at != 0 && clock_now() >= hart->notify_at) {
    hart->doublings = 0; /* the process did not sleep soon: expect it less */
    acquire(&queue.lock);
    stop_waiting(hart);
    if (release_and_notify())
      return;
  }
  if (slice_over && __atomic_load_n(&queue.first, __ATOMIC_RELAXED) != NULL)
    yield();
}
