/* The run queue of the scheduler on some harts that wake threads, sleep,
 * compute and are idle, by a clock of the test's own: whom it notifies, and
 * when. What several harts do at the same time is for the model
 * (tests/model/idle.pml). */
#include "proc/sched.h"
#include "arch/hart.h"
#include "arch/sbi.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"
#include "trap/clock.h"

#define HARTS 4
#define THREADS 7
#define STEP_US 20 /* time goes on by so much at most */
#define STEPS 100000

static uint64 now; /* in microseconds */

static struct {
  struct proc *runs; /* NULL: it waits for an interrupt */
  uint64 notify_at;
  uint doublings;
  bool ipi;
} on[HARTS];

static struct proc threads[THREADS];
static uint64 put_at[THREADS];

/* Of the condition of those who sleep: whoever wakes one holds it. */
static struct spinlock condition = SPINLOCK_INIT("condition");

static uint seed = 1;

static uint random_below(uint n)
{
  seed = seed * 1103515245 + 12345;
  return (seed >> 8) % n;
}

uint64 clock_now(void)
{
  return now;
}

uint64 clock_from_us(uint64 microseconds)
{
  return microseconds;
}

/* Nothing runs here but the test. */
void swtch(struct context *old, const struct context *new)
{
  (void)old;
  (void)new;
}

void aspace_enter(struct aspace *as)
{
  (void)as;
}

void aspace_leave(void)
{
}

void become_zombie(struct proc *proc)
{
  (void)proc;
}

void clock_begin_slice(void)
{
}

void clock_stop(void)
{
}

/* The host is the hart of this number. */
static void be(int hart)
{
  on[harts[0].index].notify_at = harts[0].notify_at;
  on[harts[0].index].doublings = harts[0].doublings;
  harts[0].notify_at = on[hart].notify_at;
  harts[0].doublings = on[hart].doublings;
  harts[0].index = hart;
  harts[0].proc = on[hart].runs;
}

static uint64 notify_at(int hart)
{
  be(hart);
  return harts[0].notify_at;
}

/* No hart is notified twice, none that runs, and none by a holder of locks. */
void sbi_send_ipi(uint64 hart)
{
  CHECK_EQ(spinlocks_held(), 0);
  CHECK(on[hart].runs == NULL && !on[hart].ipi);
  on[hart].ipi = true;
}

static void wake(int hart, struct proc *thread)
{
  be(hart);
  put_at[thread - threads] = now;
  acquire(&condition);
  runqueue_put(thread);
  release(&condition);
}

/* One round of the scheduler's loop. */
static void schedule(int hart)
{
  on[hart].runs = NULL;
  on[hart].ipi = false;
  be(hart);
  on[hart].runs = runqueue_take();
}

static void sleep(int hart)
{
  on[hart].runs->state = THREAD_SLEEPING;
  schedule(hart);
}

static void interrupt_by_timer(int hart)
{
  be(hart);
  interrupt_handled(false);
}

static int harts_notified(void)
{
  int notified = 0;
  for (int i = 0; i < HARTS; i++)
    notified += on[i].ipi;
  return notified;
}

static int harts_busy(void)
{
  int busy = 0;
  for (int i = 0; i < HARTS; i++)
    busy += on[i].runs != NULL;
  return busy;
}

/* The first nbusy harts run each a thread, the others are idle, and all other
 * threads sleep. */
static void start(int nbusy)
{
  for (int i = 0; i < THREADS; i++) {
    threads[i].state = THREAD_SLEEPING;
    threads[i].last_hart = HARTS; /* none of these */
  }
  for (int i = 0; i < HARTS; i++) {
    harts[i].hartid = i;
    on[i].runs = NULL;
    be(i);
    harts[0].doublings = 0;
    if (i < nbusy)
      runqueue_put(&threads[i]);
    schedule(i);
    CHECK((on[i].runs != NULL) == (i < nbusy));
  }
  CHECK_EQ(harts_notified(), 0);
}

static void waker_that_sleeps_hands_over(void)
{
  start(1);
  wake(0, &threads[1]);
  sleep(0);
  CHECK(on[0].runs == &threads[1]);
  CHECK_EQ(harts_notified(), 0);
  sleep(0);
}

#define HANDOVER_MAX_US (HANDOVER_US << HANDOVER_DOUBLINGS)

static void it_waits_longer_while_that_is_right(void)
{
  start(1);
  for (int i = 0; i < 10; i++) {
    wake(0, &threads[(i + 1) % 2]);
    CHECK_EQ(notify_at(0), now + min_u64(HANDOVER_US << i, HANDOVER_MAX_US));
    sleep(0);
  }
  wake(0, &threads[1]);
  now += HANDOVER_MAX_US;
  interrupt_by_timer(0);
  CHECK_EQ(harts_notified(), 1);
  wake(0, &threads[2]);
  CHECK_EQ(notify_at(0), now + HANDOVER_US);
  schedule(1);
  sleep(0);
  sleep(1);
}

static void waker_that_computes_notifies(void)
{
  start(1);
  wake(0, &threads[1]);
  CHECK_EQ(harts_notified(), 0);
  CHECK_EQ(notify_at(0), now + HANDOVER_US);
  now += HANDOVER_US - 1;
  interrupt_by_timer(0);
  CHECK_EQ(harts_notified(), 0);
  CHECK_EQ(notify_at(0), now + 1);
  now++;
  interrupt_by_timer(0);
  CHECK(on[1].ipi);
  CHECK_EQ(harts_notified(), 1);
  schedule(1);
  CHECK(on[1].runs == &threads[1]);
  interrupt_by_timer(0);
  CHECK_EQ(harts_notified(), 0);
  sleep(0);
  sleep(1);
}

static void first_of_many_is_not_put_off(void)
{
  start(1);
  wake(0, &threads[1]);
  uint64 first = notify_at(0);
  now += HANDOVER_US / 2;
  wake(0, &threads[2]);
  CHECK_EQ(notify_at(0), first);
  sleep(0);
  CHECK_EQ(harts_notified(), 1);
  schedule(1);
  CHECK(on[0].runs == &threads[1] && on[1].runs == &threads[2]);
  sleep(0);
  sleep(1);
}

static void each_thread_gets_a_hart(void)
{
  start(1);
  for (int i = 1; i < HARTS; i++)
    wake(0, &threads[i]);
  now += HANDOVER_US;
  interrupt_by_timer(0);
  for (int i = 1; i < HARTS; i++) {
    CHECK(on[i].ipi);
    schedule(i);
    CHECK(on[i].runs == &threads[i]);
  }
  for (int i = 0; i < HARTS; i++)
    sleep(i);
}

static void nobody_is_notified_when_all_are_busy(void)
{
  start(HARTS);
  wake(0, &threads[HARTS]);
  CHECK_EQ(notify_at(0), 0);
  now += HANDOVER_US;
  interrupt_by_timer(0);
  sleep(1);
  CHECK(on[1].runs == &threads[HARTS]);
  CHECK_EQ(harts_notified(), 0);
  for (int i = 0; i < HARTS; i++)
    sleep(i);
}

static void hart_prefers_what_it_ran(void)
{
  start(2);
  wake(0, &threads[2]);
  wake(0, &threads[3]);
  sleep(0);
  sleep(1);
  CHECK(on[0].runs == &threads[2] && on[1].runs == &threads[3]);
  wake(0, &threads[1]);
  wake(0, &threads[0]);
  sleep(0);
  CHECK(on[0].runs == &threads[0]);
  sleep(1);
  CHECK(on[1].runs == &threads[1]);
  sleep(0);
  sleep(1);

  /* What is new has been made by whoever queues it. */
  start(2);
  threads[3].state = THREAD_NEW;
  wake(1, &threads[2]);
  wake(0, &threads[3]);
  sleep(0);
  CHECK(on[0].runs == &threads[3]);
  sleep(0);
  sleep(1);
}

/* Whoever has had its slice waits for the others, whoever ran them. */
static void yield_is_to_the_first(void)
{
  start(2);
  wake(1, &threads[2]);
  be(0);
  runqueue_put(&threads[0]);
  schedule(0);
  CHECK(on[0].runs == &threads[2]);
  sleep(0);
  CHECK(on[0].runs == &threads[0]);
  sleep(0);
  sleep(1);
}

/* One hart has enough to do with two of its own; another's waits meanwhile. */
static void none_is_passed_over_for_ever(void)
{
  start(1);
  wake(0, &threads[1]);
  sleep(0);
  wake(0, &threads[2]);
  int passes = 0;
  for (; on[0].runs != &threads[2] && passes < STEPS; passes++) {
    wake(0, &threads[passes % 2]);
    sleep(0);
  }
  CHECK(passes > 1 && passes < 20);
  while (on[0].runs != NULL)
    sleep(0);
}

/* While another hart is idle, no thread waits for longer. */
static void check_waits(void)
{
  for (int i = 0; i < THREADS; i++) {
    if (harts_busy() < HARTS && threads[i].state == THREAD_RUNNABLE)
      CHECK(now - put_at[i] <= HANDOVER_MAX_US + STEP_US);
  }
}

/* Those that were notified come at once; then timers are due. */
static void let_time_pass(void)
{
  for (int i = 0; i < HARTS; i++) {
    if (on[i].ipi) {
      schedule(i);
      i = -1;
    }
  }
  check_waits();
  now += random_below(STEP_US + 1);
  for (int i = 0; i < HARTS; i++) {
    if (on[i].runs != NULL && notify_at(i) != 0 && notify_at(i) <= now)
      interrupt_by_timer(i);
  }
}

static void no_thread_waits_for_long(void)
{
  start(1);
  for (int i = 0; i < STEPS && check_failures_here == 0; i++) {
    int hart = random_below(HARTS);
    struct proc *thread = &threads[random_below(THREADS)];

    if (on[hart].runs != NULL && random_below(4) == 0)
      sleep(hart);
    else if (on[hart].runs != NULL && thread->state == THREAD_SLEEPING)
      wake(hart, thread);
    if (harts_busy() == 0) /* then nothing happens any more */
      start(1);
    let_time_pass();
  }
}

int main(void)
{
  RUN(waker_that_sleeps_hands_over);
  RUN(it_waits_longer_while_that_is_right);
  RUN(waker_that_computes_notifies);
  RUN(first_of_many_is_not_put_off);
  RUN(each_thread_gets_a_hart);
  RUN(nobody_is_notified_when_all_are_busy);
  RUN(hart_prefers_what_it_ran);
  RUN(yield_is_to_the_first);
  RUN(none_is_passed_over_for_ever);
  RUN(no_thread_waits_for_long);
  return check_result();
}
