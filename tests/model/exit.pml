/* Exit, wait and kill, in the steps of kernel/proc/fork.c. A shell, which may
 * be killed, waits for a child, which ends without waiting for its own one;
 * that goes to init. All are reaped by somebody, and never while they are on
 * a hart.
 *
 * Broken:
 *   REAPED_EARLY: a zombie is made before it has left its hart
 *   ORPHAN_UNTOLD: init is not woken for a zombie that it is given
 *   PARENT_UNTOLD: nobody is woken by an exit
 */
#define THREADS 4
#define INIT 0
#define SHELL 1
#define CHILD 2
#define ORPHAN 3
#define NOBODY 255
#define CHANNEL(who) ((who) + 1)

#include "threads.inc"

bool tree_lock;
bool zombie[THREADS], freed[THREADS];
byte parent[THREADS] = { NOBODY, INIT, SHELL, CHILD };
bool killed; /* the shell */

inline give_child_to_init(who, child)
{
  if
  :: parent[child] == who ->
    parent[child] = INIT;
#ifndef ORPHAN_UNTOLD
    if
    :: zombie[child] -> wakeup(CHANNEL(INIT))
    :: else
    fi
#endif
  :: else
  fi
}

inline leave_for_ever(who)
{
  assert(!freed[who]);
  threads[who].on_hart = false
}

/* As freeproc, under tree_lock. */
inline free(who)
{
  parent[who] = NOBODY;
  freed[who] = true
}

/* found: the zombie that was waited for, or NOBODY. */
inline wait(who, child, may_be_killed)
{
  acquire(tree_lock);
  do
  :: parent[child] == who && zombie[child] ->
    found = child;
    free(child);
    break
  :: else ->
    if
    :: may_be_killed && killed -> break
    :: else -> sleep(who, CHANNEL(who), tree_lock)
    fi
  od;
  release(tree_lock)
}

active proctype first()
{
  bool interrupted;
  byte found = NOBODY;

  wait(INIT, ORPHAN, false)
}

active proctype shell()
{
  bool interrupted;
  byte found = NOBODY;

  wait(SHELL, CHILD, true);
  assert(found != NOBODY || killed)
}

inline become_zombie()
{
  acquire(tree_lock);
  if
  :: self == CHILD -> give_child_to_init(CHILD, ORPHAN)
  :: else
  fi;
  zombie[self] = true;
#ifndef PARENT_UNTOLD
  wakeup(CHANNEL(parent[self]));
#endif
  release(tree_lock)
}

active [2] proctype ending()
{
  byte self = _pid - 1; /* after the harts */

#ifdef REAPED_EARLY
  become_zombie();
  leave_for_ever(self)
#else
  leave_for_ever(self);
  become_zombie()
#endif
}

active proctype killer()
{
  bool taken;

  acquire(tree_lock);
  killed = true;
  sleep_interrupt(SHELL);
  release(tree_lock)
}
