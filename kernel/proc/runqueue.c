#include "proc/runqueue.h"
#include "arch/sbi.h"
#include "lib/panic.h"
#include "trap/clock.h"

static struct {
  struct spinlock lock;
  struct thread *first, *last; /* by run_next; last is valid if first is */
  uint64 idle_harts;           /* a bit each, by index */
  struct thread *held;         /* not to be taken; NULL: none */
  bool held_came_up;           /* and it would have been its turn */
} queue = {.lock = SPINLOCK_INIT("run queue")};

static_assert(NCPU <= 64, "a hart has a bit of idle_harts");

static void append(struct thread *thread)
{
  thread->run_next = NULL;
  if (queue.first == NULL)
    queue.first = thread;
  else
    queue.last->run_next = thread;
  queue.last = thread;
}

void runqueue_put(struct thread *thread)
{
  acquire(&queue.lock);
  thread->state = THREAD_RUNNABLE;
  append(thread);

  /* The scheduler's own loop, in an interrupt, looks right after. */
  struct hart *hart = this_hart();
  if (queue.idle_harts != 0 && hart->thread != NULL && hart->notify_at == 0)
    hart->notify_at =
        clock_now() + clock_from_us(HANDOVER_US << hart->doublings);
  release(&queue.lock);
}

/* An idle hart for a thread that waits, or NULL. From here on it no longer
 * counts as idle, so that the next thread gets another one. */
static const struct hart *choose_idle_hart(void)
{
  if (queue.first == NULL || queue.idle_harts == 0)
    return NULL;

  int index = 0;
  while (!(queue.idle_harts & 1UL << index))
    index++;
  queue.idle_harts &= ~(1UL << index);
  return &harts[index];
}

/* Give the queue's lock back, and then tell the hart, if there is one. */
static bool release_and_tell(const struct hart *hart)
{
  release(&queue.lock);
  if (hart != NULL)
    sbi_send_ipi(hart->hartid);
  return hart != NULL;
}

bool runqueue_notify(void)
{
  struct hart *hart = this_hart();

  if (hart->notify_at == 0 || clock_now() < hart->notify_at)
    return false;
  hart->notify_at = 0;
  hart->doublings = 0;
  acquire(&queue.lock);
  return release_and_tell(choose_idle_hart());
}

static struct thread *remove_first(void)
{
  struct thread *thread = queue.first;
  if (thread != NULL)
    queue.first = thread->run_next;
  return thread;
}

struct thread *runqueue_take(void)
{
  struct hart *hart = this_hart();
  uint64 here = 1UL << hart->index;

  /* An idle hart that looks again takes no lock in vain: whoever puts a thread
   * there from now on sees that it is idle. */
  if (__atomic_load_n(&queue.idle_harts, __ATOMIC_RELAXED) & here &&
      __atomic_load_n(&queue.first, __ATOMIC_RELAXED) == NULL)
    return NULL;

  acquire(&queue.lock);
  struct thread *thread = remove_first();
  if (thread != NULL && thread == queue.held) {
    queue.held_came_up = true;
    thread = remove_first();
  }

  if (thread == NULL) {
    queue.idle_harts |= here;
  } else {
    queue.idle_harts &= ~here;
    thread->state = THREAD_RUNNING;
  }
  if (hart->notify_at != 0 && hart->doublings < HANDOVER_DOUBLINGS)
    hart->doublings++;
  hart->notify_at = 0;
  release_and_tell(choose_idle_hart());
  return thread;
}

bool runqueue_wants_hart(const struct thread *running)
{
  return __atomic_load_n(&queue.first, __ATOMIC_RELAXED) != NULL ||
         __atomic_load_n(&queue.held, __ATOMIC_RELAXED) == running;
}

void runqueue_hold(struct thread *thread)
{
  acquire(&queue.lock);
  assert(queue.held == NULL);
  queue.held = thread;
  queue.held_came_up = false;
  release(&queue.lock);
}

void runqueue_let_go(void)
{
  acquire(&queue.lock);
  struct thread *thread = queue.held;
  bool came_up = queue.held_came_up;
  queue.held = NULL;
  release(&queue.lock);

  if (came_up)
    runqueue_put(thread);
}
