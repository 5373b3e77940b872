/* Sleep, wakeup and kill. One thread waits until a thing comes, another on the
 * same channel until it is killed; a timer may wake that one for nothing. None
 * waits for ever, none is in the run queue twice, and none is entered while it
 * is on a hart.
 *
 * Broken:
 *   RELEASED_FIRST: sleep gives the condition's lock back too early
 *   BUCKET_SEEN_FIRST: wakeup's look at the bucket comes before the lock
 *   KILL_SEEN_FIRST: a sleeper looks for a kill before it can be found
 *   KILL_NOT_KEPT: a kill finds only who is asleep already
 *   ENTERED_EARLY: a hart does not wait until another has left the thread
 *   SEEN_EARLY: nor does who looks at it
 */
#define THREADS 2
#define CHANNEL 1
#define WAITER 0
#define VICTIM 1

#include "threads.inc"

bool condition_lock;
bool thing;
bool killed;

inline sleep_until(who, condition)
{
  acquire(condition_lock);
  do
  :: condition -> break
  :: else -> sleep(who, CHANNEL, condition_lock)
  od;
  release(condition_lock)
}

active proctype waiter()
{
  bool interrupted;

  yield(WAITER);
  sleep_until(WAITER, thing)
}

active proctype victim()
{
  bool interrupted;

  sleep_until(VICTIM, killed)
}

/* The wakeup may come when the lock is given back already. */
active proctype waker()
{
#ifdef BUCKET_SEEN_FIRST
  bool nobody;

  nobody = in_bucket == 0;
  acquire(condition_lock);
  thing = true;
  if
  :: nobody
  :: else -> wake_sleepers(CHANNEL)
  fi;
  release(condition_lock)
#else
  acquire(condition_lock);
  thing = true;
  if
  :: wakeup(CHANNEL); release(condition_lock)
  :: release(condition_lock); wakeup(CHANNEL)
  fi
#endif
}

active proctype killer()
{
  bool taken;

  killed = true;
#ifdef KILL_NOT_KEPT
  sleeper_wake(VICTIM)
#else
  sleep_interrupt(VICTIM)
#endif
}

active proctype timer()
{
  bool taken;

  sleeper_wake(VICTIM)
}

active proctype inspector()
{
  bool taken;

  sleeper_take(VICTIM, CHANNEL);
  if
  :: taken ->
#ifndef SEEN_EARLY
    !threads[VICTIM].on_hart;
#endif
    assert(!threads[VICTIM].on_hart);
    assert(threads[VICTIM].state == SLEEPING);
    runqueue_put(VICTIM)
  :: else
  fi
}
