/* Sleepers with a deadline, in a list by deadline: there are never more than
 * threads, and seldom more than a few.
 *
 * A thread whose deadline is due leaves the list first and is woken then,
 * without the list's lock, because that is below the wait bucket's. If it has
 * woken by itself meanwhile, the wake may end another sleep of its early,
 * which every sleeper expects. */
#include "proc/timed.h"
#include "proc/channel.h"
#include "sync/wait.h"
#include "trap/clock.h"
#include "trap/trap.h"

/* In one interrupt, for which others wait. */
#define WAKES_AT_A_TIME 16

static struct spinlock timed_lock = SPINLOCK_INIT("timed sleepers");
static struct thread *earliest;

void timerqueue_add(struct thread *thread, uint64 deadline)
{
  acquire(&timed_lock);
  struct thread **link = &earliest;
  while (*link != NULL && (*link)->deadline <= deadline)
    link = &(*link)->timed_next;

  thread->deadline = deadline;
  thread->timed_next = *link;
  thread->timed_link = link;
  if (*link != NULL)
    (*link)->timed_link = &thread->timed_next;
  *link = thread;

  if (earliest == thread)
    clock_arm(deadline);
  release(&timed_lock);
}

/* Under timed_lock. */
static void unlink_timed(struct thread *thread)
{
  *thread->timed_link = thread->timed_next;
  if (thread->timed_next != NULL)
    thread->timed_next->timed_link = thread->timed_link;
  thread->timed_link = NULL;
}

void timerqueue_remove(struct thread *thread)
{
  acquire(&timed_lock);
  if (thread->timed_link != NULL)
    unlink_timed(thread);
  release(&timed_lock);
}

/* One that is due, no longer in the list; NULL if none is. */
static struct thread *take_due(uint64 now)
{
  acquire(&timed_lock);
  struct thread *thread = earliest;
  if (thread != NULL && thread->deadline <= now)
    unlink_timed(thread);
  else
    thread = NULL;
  release(&timed_lock);
  return thread;
}

void timed_sleepers_wake(uint64 now)
{
  for (int i = 0; i < WAKES_AT_A_TIME; i++) {
    struct thread *thread = take_due(now);
    if (thread == NULL)
      return;
    thread_wake(thread);
  }
  clock_arm(now); /* there may be more: interrupt again at once */
}

int pause_ticks(int ticks)
{
  static struct spinlock pause_lock = SPINLOCK_INIT("pause");
  uint64 deadline = clock_now() + clock_from_ticks(ticks > 0 ? ticks : 0);
  const void *channel = &mythread()->deadline; /* nobody wakes it */
  int result = 0;

  acquire(&pause_lock);
  while (result == 0 && clock_now() < deadline) {
    if (killed())
      result = -1;
    else
      sleep_until(channel, &pause_lock, deadline);
  }
  release(&pause_lock);
  return result;
}
