/* Harts and threads: how a hart enters one, leaves it, and waits if there is
 * none. No lock is held across a switch. A thread may be taken from the run
 * queue while the hart that it is leaving still stands on its stack; on_hart
 * makes the taker wait for those few instructions (T2). */
#include "proc/proc.h"
#include "arch/csr.h"
#include "lib/panic.h"
#include "proc/runqueue.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"
#include "trap/trap.h"

static void wait_until_left(const struct thread *thread)
{
  while (__atomic_load_n(&thread->on_hart, __ATOMIC_ACQUIRE))
    ;
}

/* Make the thread this hart's, with its process's tables, if it has one. */
static void enter(struct hart *hart, struct thread *thread)
{
  wait_until_left(thread);
  __atomic_store_n(&thread->on_hart, true, __ATOMIC_RELAXED);
  hart->thread = thread;
  hart->proc = thread->proc;
  aspace_enter(thread->proc != NULL ? thread->proc->aspace : NULL);
}

static void leave(struct hart *hart, struct thread *thread)
{
  aspace_leave();
  hart->proc = NULL;
  hart->thread = NULL;
  __atomic_store_n(&thread->on_hart, false, __ATOMIC_RELEASE);
}

/* Run a thread until it calls sched(). Its one irq_push goes with it from
 * hart to hart. */
static void run(struct hart *hart, struct thread *thread)
{
  enter(hart, thread);
  hart->irq_depth = 1;
  hart->irq_were_on = thread->irq_were_on;

  swtch(&hart->scheduler, &thread->context);

  thread->irq_were_on = hart->irq_were_on;
  hart->irq_depth = 0;
  leave(hart, thread);
}

void scheduler(void)
{
  struct hart *hart = this_hart();

  for (;;) {
    irq_enable(); /* interrupts that are pending are taken here */
    irq_disable();

    struct thread *thread = runqueue_take();
    if (thread != NULL) {
      run(hart, thread);
    } else {
      latency_end();
      wait_for_interrupt();
    }
  }
}

void sched(void)
{
  struct hart *hart = this_hart();

  assert(!irq_enabled());
  assert_cmp(hart->irq_depth, ==, 1);
  swtch(&hart->thread->context, &hart->scheduler);
}

void yield(void)
{
  irq_push();
  runqueue_put(mythread());
  sched();
  irq_pop();
}

void interrupt_handled(bool slice_over)
{
  struct thread *self = mythread();

  if (self == NULL) /* the scheduler's loop looks at the queue right after */
    return;
  if (!runqueue_notify() && slice_over && runqueue_wants_hart(self))
    yield();
}

const void *current_thread(void)
{
  return mythread();
}
