/* Sleep and wakeup: a hash table of sleepers by channel, and the timer queue of
 * those that wake by themselves. Read sync/wait.h before.
 *
 * No wakeup is lost. The sleeper looks at its condition and gets into its
 * bucket while it holds the condition's lock. The waker changes the condition
 * under that lock, and looks into the bucket then or later. So either the
 * sleeper sees the change, or the waker finds the sleeper. The sleeper may be
 * woken, and taken by another hart, even before it has left its own: on_hart
 * covers that (sched.c).
 * Lock order: the condition's lock > wait bucket > timer queue, run queue. */
#include "lib/panic.h"
#include "proc/sched.h"
#include "sync/wait.h"
#include "trap/clock.h"
#include "trap/trap.h"

#define BUCKET_BITS 8
#define WAKES_AT_A_TIME 16 /* in one interrupt, for which others wait */

/* Sleepers by wait_next, the one that has waited longest first. */
static struct bucket {
  struct spinlock lock;
  struct proc *first;
} buckets[1 << BUCKET_BITS] = {
    [0 ...(1 << BUCKET_BITS) - 1] = {.lock = SPINLOCK_INIT("wait bucket")}};

/* By timer_next, the earliest deadline first: seldom more than a few. */
static struct proc *timer_queue;
/* Programs know it by this name, from `counters`. */
static struct spinlock timer_lock = SPINLOCK_INIT("timed sleepers");

/* Multiplicative hashing by 2^64 divided by the golden ratio: Knuth, The Art
 * of Computer Programming 3, Hashing. */
static struct bucket *bucket_of(const void *channel)
{
  return &buckets[(uint64)channel * 0x9E3779B97F4A7C15 >> (64 - BUCKET_BITS)];
}

/* Take the process at *link out of its bucket, whose lock is held. */
static struct proc *take_out(struct proc **link)
{
  struct proc *proc = *link;

  *link = proc->wait_next;
  __atomic_store_n(&proc->channel, NULL, __ATOMIC_SEQ_CST);
  return proc;
}

/* Let a process be woken at deadline, or at most a slice later: every timer
 * interrupt of any hart looks at the queue. */
static void timer_add(struct proc *proc, uint64 deadline)
{
  acquire(&timer_lock);
  struct proc **link = &timer_queue;
  while (*link != NULL && (*link)->deadline <= deadline)
    link = &(*link)->timer_next;
  proc->deadline = deadline;
  proc->timer_next = *link;
  *link = proc;
  if (timer_queue == proc)
    clock_arm(deadline);
  release(&timer_lock);
}

/* Take the process out of the timer queue, unless its deadline already did. */
static void timer_remove(struct proc *proc)
{
  acquire(&timer_lock);
  struct proc **link = &timer_queue;
  while (*link != NULL && *link != proc)
    link = &(*link)->timer_next;
  if (*link != NULL)
    *link = proc->timer_next;
  release(&timer_lock);
}

void sleep_until(const void *channel, struct spinlock *lock, uint64 deadline)
{
  struct proc *self = myproc();
  struct bucket *bucket = bucket_of(channel);
  debug_assert(channel != NULL && holding(lock));

  irq_push(); /* goes with the process to sched(), while the locks do not */
  acquire(&bucket->lock);
  struct proc **link = &bucket->first;
  while (*link != NULL)
    link = &(*link)->wait_next;
  self->wait_next = NULL;
  *link = self;

  /* channel is stored before kill_pending is looked at here, and in
   * sleep_interrupt kill_pending before channel. In the one order of
   * sequentially consistent accesses, one of the two sees the other. */
  __atomic_store_n(&self->channel, channel, __ATOMIC_SEQ_CST);
  bool interrupted =
      __atomic_exchange_n(&self->kill_pending, 0, __ATOMIC_SEQ_CST);
  if (interrupted) {
    take_out(link);
  } else {
    self->state = THREAD_SLEEPING;
    if (deadline != NEVER)
      timer_add(self, deadline);
  }
  release(&bucket->lock);
  release(lock); /* wakers come from here on, and find this process */

  if (!interrupted) {
    sched();
    if (deadline != NEVER)
      timer_remove(self);
  }
  irq_pop();
  acquire(lock);
}

void sleep(const void *channel, struct spinlock *lock)
{
  sleep_until(channel, lock, NEVER);
}

void wakeup(const void *channel)
{
  struct bucket *bucket = bucket_of(channel);

  /* The caller has taken the condition's lock since a sleeper got in, and sees
   * it: so no lock is needed to see that nobody sleeps. */
  if (__atomic_load_n(&bucket->first, __ATOMIC_RELAXED) == NULL)
    return;
  acquire(&bucket->lock);
  for (struct proc **link = &bucket->first; *link != NULL;) {
    if ((*link)->channel == channel)
      runqueue_put(take_out(link));
    else
      link = &(*link)->wait_next;
  }
  release(&bucket->lock);
}

bool sleeper_take(struct proc *proc, const void *channel)
{
  struct bucket *bucket = bucket_of(channel);

  acquire(&bucket->lock);
  struct proc **link = &bucket->first;
  while (*link != NULL && *link != proc)
    link = &(*link)->wait_next;
  bool found = *link != NULL && proc->channel == channel;
  if (found)
    take_out(link);
  release(&bucket->lock);
  return found;
}

/* Wake a process, whatever it sleeps on; if it does not sleep, do nothing. */
static void sleeper_wake(struct proc *proc)
{
  const void *channel = __atomic_load_n(&proc->channel, __ATOMIC_SEQ_CST);

  if (channel != NULL && sleeper_take(proc, channel))
    runqueue_put(proc);
}

void sleep_interrupt(struct proc *proc)
{
  __atomic_store_n(&proc->kill_pending, 1, __ATOMIC_SEQ_CST);
  sleeper_wake(proc);
}

/* A process that is due is woken without the timer queue's lock, which is below
 * the bucket's. So this may end its next sleep early, which it expects. */
void timer_queue_wake(uint64 now)
{
  /* Mostly nobody is due. No lock is needed to see that: who gets in meanwhile
   * has armed the timer of its own hart. */
  const struct proc *first = __atomic_load_n(&timer_queue, __ATOMIC_RELAXED);
  if (first == NULL ||
      __atomic_load_n(&first->deadline, __ATOMIC_RELAXED) > now)
    return;

  for (int i = 0; i < WAKES_AT_A_TIME; i++) {
    acquire(&timer_lock);
    struct proc *due = timer_queue;
    if (due != NULL && due->deadline <= now)
      timer_queue = due->timer_next;
    else
      due = NULL;
    release(&timer_lock);
    if (due == NULL)
      return;
    sleeper_wake(due);
  }
  clock_arm(now); /* there may be more: interrupt again at once */
}

int pause_ticks(int ticks)
{
  static struct spinlock pause_lock = SPINLOCK_INIT("pause");
  uint64 deadline =
      clock_now() + clock_from_ms(TICK_MS) * (ticks > 0 ? ticks : 0);

  acquire(&pause_lock);
  while (clock_now() < deadline && !killed())
    sleep_until(&myproc()->deadline, &pause_lock, deadline);
  release(&pause_lock);
  return clock_now() < deadline ? -1 : 0;
}
