/* Sleep locks, in the steps of kernel/sync/sleeplock.c: two threads take one
 * and give it back, without the guard where nobody waits. Only one has it at a
 * time, and none waits for ever.
 *
 * Broken:
 *   HOLDER_SEEN_FIRST: a taker looks at the holder before it says that it waits
 *   WAITING_SEEN_FIRST: a giver looks who waits before the lock is free
 *   HOLDER_NOT_EXCHANGED: look and store are two steps
 */
#define THREADS 2
#define CHANNEL 1
#define NOBODY 255

#include "threads.inc"

byte holder = NOBODY;
byte waiting;
bool guard;
byte inside;

inline try_take(self)
{
#ifdef HOLDER_NOT_EXCHANGED
  taken = holder == NOBODY;
  if
  :: taken -> holder = self
  :: else
  fi
#else
  atomic {
    taken = holder == NOBODY;
    if
    :: taken -> holder = self
    :: else
    fi
  }
#endif
}

inline wait_and_take(self)
{
  acquire(guard);
#ifdef HOLDER_SEEN_FIRST
  try_take(self);
  waiting++;
#else
  waiting++;
  try_take(self);
#endif
  do
  :: taken -> break
  :: else -> sleep(self, CHANNEL, guard); try_take(self)
  od;
  waiting--;
  release(guard)
}

inline release_sleep()
{
  byte seen;

#ifdef WAITING_SEEN_FIRST
  seen = waiting;
  holder = NOBODY;
#else
  holder = NOBODY;
  seen = waiting;
#endif
  if
  :: seen == 0
  :: else ->
    acquire(guard);
    wakeup(CHANNEL);
    release(guard)
  fi
}

active [THREADS] proctype user()
{
  byte self = _pid - 1; /* after the harts */
  bool interrupted, taken;
  byte times;

  for (times : 1 .. 2) {
    try_take(self);
    if
    :: taken
    :: else -> wait_and_take(self)
    fi;
    inside++;
    assert(inside == 1);
    inside--;
    release_sleep()
  }
}
