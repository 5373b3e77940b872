/* Idle harts, and the notification of them, in the steps of kernel/proc/sched.c.
 * Threads wake others, sleep, or compute on for ever. An IPI that comes before a
 * hart waits ends the wait at once. When nothing happens any more, no hart waits
 * while a thread is in the queue.
 *
 * Broken:
 *   NOT_ARMED: no timer interrupt comes to who wakes a thread and computes on
 *   TIMER_UNTOLD: it comes, and no idle hart is notified
 *   NEXT_UNTOLD: a hart that takes a thread notifies nobody of the next one
 *   SELF_TRUSTED: it counts itself among those whose timers will do that
 *   IDLE_UNLOCKED: a hart that finds none counts as idle only when the lock is
 *     given back
 *   IPI_DROPPED: a hart forgets its IPI between its look and its wait
 */
#define HARTS 3
#define THREADS 3
#define NOBODY HARTS

bool lock;
byte asleep = THREADS - 1, queued = 1; /* threads */
bool idle[HARTS], waits[HARTS];
bool ipi[HARTS];
bool armed[HARTS];                     /* it has a notify_at and a timer */

inline acquire()
{
  atomic { !lock -> lock = true }
}

inline release()
{
  lock = false
}

/* chosen is a variable of the caller's. */
inline choose_idle_hart()
{
  d_step {
    chosen = 0;
    do
    :: chosen < HARTS && !(queued > 0 && idle[chosen]) -> chosen++
    :: else -> break
    od;
    if
    :: chosen != NOBODY -> idle[chosen] = false
    :: else
    fi
  }
}

inline release_and_notify()
{
  choose_idle_hart();
  release();
  if
  :: chosen != NOBODY -> ipi[chosen] = true
  :: else
  fi
}

inline put()
{
  acquire();
  queued++;
#ifndef NOT_ARMED
  if
  :: idle[0] || idle[1] || idle[2] -> armed[self] = true
  :: else
  fi;
#endif
  release()
}

inline take()
{
  acquire();
  got = queued > 0;
#ifndef SELF_TRUSTED
  armed[self] = false;
#endif
  if
  :: got -> queued--; idle[self] = false
  :: else ->
#ifndef IDLE_UNLOCKED
    idle[self] = true
#endif
  fi;
#ifdef NEXT_UNTOLD
  release();
#else
  if
  :: armed[0] || armed[1] || armed[2] -> release()
  :: else -> release_and_notify()
  fi;
#endif
#ifdef SELF_TRUSTED
  armed[self] = false;
#endif
#ifdef IDLE_UNLOCKED
  idle[self] = !got
#endif
}

inline run_thread()
{
end_computing:
  do
  :: atomic { !computes && asleep > 0 -> asleep-- }; put()
  :: !computes -> computes = true
  :: !computes -> asleep++; break
  :: ipi[self] -> ipi[self] = false
  :: armed[self] ->
#ifndef TIMER_UNTOLD
    acquire();
    armed[self] = false;
    release_and_notify()
#else
    armed[self] = false
#endif
  od
}

active [HARTS] proctype hart()
{
  byte self = _pid, chosen;
  bool got, computes;

  do
  :: ipi[self] = false;
    take();
#ifdef IPI_DROPPED
    ipi[self] = false;
#endif
    if
    :: got -> run_thread()
    :: else ->
      waits[self] = true;
end_waiting:
      ipi[self];
      waits[self] = false
    fi
  od
}

active proctype standstill()
{
  timeout;
  assert(queued == 0 || !(waits[0] || waits[1] || waits[2]))
}
