/* Sleep locks: what another thread does while one sleeps, and the counters. The
 * order of stores and looks is for the model (tests/model/sleeplock.pml). */
#include "sync/sleeplock.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "sync/lock_class.h"
#include "sync/wait.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

static char threads[2]; /* stand for two */
static struct sleeplock lock;
static int sleeps, wakeups;
static bool asleep; /* on the lock, and nobody has woken it */
static void (*while_asleep)(void);

static void be(int thread)
{
  harts[0].proc = (struct proc *)&threads[thread];
}

static bool is_held(void)
{
  return lock.holder == myproc();
}

/* The guard is with nobody while the taker sleeps. */
void sleep(const void *channel, struct spinlock *guard)
{
  struct proc *sleeper = harts[0].proc;

  CHECK(channel == &lock && holding(guard));
  sleeps++;
  asleep = true;
  release(guard);
  while_asleep();
  CHECK(!asleep);
  harts[0].proc = sleeper;
  acquire(guard);
}

void wakeup(const void *channel)
{
  CHECK(channel == &lock);
  wakeups++;
  asleep = false;
}

static void other_gives_back(void)
{
  be(1);
  releasesleep(&lock);
}

/* It comes back before the sleeper has had a hart, twice. */
static void other_is_faster(void)
{
  other_gives_back();
  if (sleeps < 3)
    acquiresleep(&lock);
}

static const struct lock_count *counted(void)
{
  return &harts[0].lock_count[lock.class];
}

static void start(void (*act)(void))
{
  initsleeplock(&lock, "a lock");
  harts[0].lock_count[lock_class("a lock")] = (struct lock_count){0};
  sleeps = wakeups = 0;
  while_asleep = act;
  be(0);
}

static void alone_it_takes_no_guard(void)
{
  start(NULL);
  CHECK(!is_held());
  acquiresleep(&lock);
  CHECK(is_held());
  be(1);
  CHECK(!is_held());
  be(0);
  releasesleep(&lock);
  acquiresleep(&lock);
  releasesleep(&lock);
  CHECK_EQ(sleeps + wakeups, 0);
  CHECK_EQ(counted()->tries, 2);
  CHECK_EQ(counted()->spins, 0);
}

static void take_while_other_has_it(void)
{
  be(1);
  acquiresleep(&lock);
  be(0);
  acquiresleep(&lock);
  CHECK(is_held());
  CHECK_EQ(lock.waiting, 0);
  releasesleep(&lock);
}

static void sleeper_is_woken(void)
{
  start(other_gives_back);
  take_while_other_has_it();
  CHECK_EQ(sleeps, 1);
  CHECK_EQ(wakeups, 1);
  CHECK_EQ(counted()->tries, 2);
  CHECK_EQ(counted()->spins, 1);
}

static void sleeper_sleeps_again(void)
{
  start(other_is_faster);
  take_while_other_has_it();
  CHECK_EQ(sleeps, 3);
  CHECK_EQ(wakeups, 3);
  CHECK_EQ(counted()->spins, 3);
}

static void take(void)
{
  acquiresleep(&lock);
}

static void give_back(void)
{
  releasesleep(&lock);
}

static void misuse_is_caught(void)
{
  start(NULL);
  host_irqs_on = false; /* in an interrupt, or a spinlock is held */
  CHECK(host_panics(take));
  host_irqs_on = true;
  acquiresleep(&lock);
  CHECK(host_panics(take)); /* it would sleep for ever */
  be(1);
  CHECK(host_panics(give_back));
  be(0);
  CHECK(is_held());
  releasesleep(&lock);
}

int main(void)
{
  host_irqs_on = true;
  RUN(alone_it_takes_no_guard);
  RUN(sleeper_is_woken);
  RUN(sleeper_sleeps_again);
  RUN(misuse_is_caught);
  return check_result();
}
