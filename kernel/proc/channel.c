/* Wait channels: a hash table of sleepers.
 *
 * No wakeup is lost: the sleeper is in its bucket before it releases the
 * condition's lock. It may be woken and taken by another hart even before it
 * has left its own: on_hart covers that.
 *
 * Lock order: the condition's lock > bucket > timed sleepers, run queue. */
#include "proc/channel.h"
#include "lib/panic.h"
#include "proc/runqueue.h"
#include "proc/timed.h"
#include "sync/wait.h"

#define BUCKET_BITS 8
#define NEVER (~0UL) /* a deadline */

struct bucket {
  struct spinlock lock;
  struct thread *first;
  struct thread **last_link; /* the NULL at the end of the list */
};

static struct bucket buckets[1 << BUCKET_BITS];

void channel_init(void)
{
  for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
    initlock(&buckets[i].lock, "wait bucket");
    buckets[i].last_link = &buckets[i].first;
  }
}

/* Multiplicative hashing by 2^64 divided by the golden ratio: Knuth, The Art
 * of Computer Programming 3, Hashing. */
static struct bucket *bucket_of(const void *channel)
{
  return &buckets[(uint64)channel * 0x9E3779B97F4A7C15 >> (64 - BUCKET_BITS)];
}

/* Last in, so that those who wait longest are woken first. */
static void enlist(struct bucket *bucket, struct thread *thread,
                   const void *channel)
{
  thread->wait_next = NULL;
  thread->wait_link = bucket->last_link;
  *bucket->last_link = thread;
  bucket->last_link = &thread->wait_next;
  __atomic_store_n(&thread->channel, channel, __ATOMIC_SEQ_CST);
}

static void delist(struct bucket *bucket, struct thread *thread)
{
  *thread->wait_link = thread->wait_next;
  if (thread->wait_next != NULL)
    thread->wait_next->wait_link = thread->wait_link;
  else
    bucket->last_link = thread->wait_link;
  __atomic_store_n(&thread->channel, NULL, __ATOMIC_SEQ_CST);
}

/* Get into the bucket, unless a kill came first. The stores and loads of
 * channel and kill_pending are sequentially consistent here and in
 * thread_interrupt: one of the two sees the other. */
static bool begin_sleep(const void *channel, uint64 deadline)
{
  struct thread *self = mythread();
  struct bucket *bucket = bucket_of(channel);

  acquire(&bucket->lock);
  enlist(bucket, self, channel);
  bool interrupted =
      __atomic_exchange_n(&self->kill_pending, 0, __ATOMIC_SEQ_CST);
  if (interrupted) {
    delist(bucket, self);
  } else {
    self->state = THREAD_SLEEPING;
    if (deadline != NEVER)
      timerqueue_add(self, deadline);
  }
  release(&bucket->lock);
  return !interrupted;
}

void sleep_until(const void *channel, struct spinlock *lock, uint64 deadline)
{
  debug_assert(channel != NULL && holding(lock));

  irq_push(); /* goes with the thread, while the locks do not */
  bool asleep = begin_sleep(channel, deadline);
  release(lock);
  if (asleep) {
    sched();
    timerqueue_remove(mythread());
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

  /* Who sleeps got in before it released the condition's lock, which the
   * caller has held since: no lock is needed to see that nobody does. */
  if (__atomic_load_n(&bucket->first, __ATOMIC_RELAXED) == NULL)
    return;

  acquire(&bucket->lock);
  struct thread *next;
  for (struct thread *thread = bucket->first; thread != NULL; thread = next) {
    next = thread->wait_next;
    if (thread->channel == channel) {
      delist(bucket, thread);
      runqueue_put(thread);
    }
  }
  release(&bucket->lock);
}

void thread_wake(struct thread *thread)
{
  const void *channel = __atomic_load_n(&thread->channel, __ATOMIC_SEQ_CST);
  if (channel == NULL)
    return;

  struct bucket *bucket = bucket_of(channel);
  acquire(&bucket->lock);
  if (thread->channel == channel) {
    delist(bucket, thread);
    runqueue_put(thread);
  }
  release(&bucket->lock);
}

void thread_interrupt(struct thread *thread)
{
  __atomic_store_n(&thread->kill_pending, 1, __ATOMIC_SEQ_CST);
  thread_wake(thread);
}
