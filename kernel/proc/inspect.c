/* Looking at other processes: the list of ^P, which prints what it finds, and
 * the tables of a process, which must not change meanwhile.
 *
 * For that the process is held, off every hart, at a point where it is in no
 * operation on its tables: asleep, or on its way to user mode, where INSPECTED
 * makes it sleep, too (exit_if_killed). The holder takes the sleeper out of its
 * wait bucket: nobody else can wake it then. When it is let go, it looks at its
 * condition again, as after any sleep, so no wakeup is lost.
 * Lock order: inspection > process tree > wait bucket. */
#include "fs/file.h"
#include "lib/print.h"
#include "mm/vmprint.h"
#include "proc/sched.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"
#include "trap/clock.h"

#define HOLD_LIMIT_MS 1000 /* a process busy for longer is not shown */

/* A sleep on the disk or for a lock is over sooner, mostly. Before a long
 * listing this keeps the holder from a process that others wait for. */
#define LONG_SLEEP_MS 50

/* A process holds another one only under this lock. So there is one holder at a
 * time, and no two hold each other. */
static struct sleeplock inspection = SLEEPLOCK_INIT("inspection");

static const char *const state_names[] = {
    [THREAD_UNUSED] = "unused",     [THREAD_NEW] = "new",
    [THREAD_SLEEPING] = "sleeping", [THREAD_RUNNABLE] = "runnable",
    [THREAD_RUNNING] = "running",   [THREAD_ENDING] = "ending",
    [THREAD_ZOMBIE] = "zombie",
};

int procdump(int slot)
{
  if (slot == 0)
    printk("\n");
  while (slot < NPROC && proc_table[slot].pid == 0)
    slot++;
  if (slot == NPROC)
    return NPROC;
  const struct proc *proc = &proc_table[slot];
  printk("%d %s %s\n", proc->pid, state_names[proc->state], proc->name);
  return slot + 1;
}

static void let_go(struct proc *proc, bool is_held)
{
  if (proc == myproc())
    return;
  if (proc != NULL) {
    acquire(&tree_lock);
    proc->attention &= ~INSPECTED;
    wakeup(proc); /* if it is not held, it may have parked just now */
    release(&tree_lock);
  }
  if (is_held)
    runqueue_put(proc);
  releasesleep(&inspection);
}

/* Hold the process with this pid, once it has slept for long_sleep; the caller
 * itself needs no holding. NULL: there is none, it ends, or is busy for too
 * long, or the caller has been killed. */
static struct proc *hold(int pid, uint64 long_sleep)
{
  if (pid == 0 || pid == myproc()->pid)
    return myproc();

  acquiresleep(&inspection);
  acquire(&tree_lock);
  struct proc *proc = proc_find(pid);
  if (proc != NULL)
    proc->attention |= INSPECTED;
  release(&tree_lock);

  const void *channel = NULL; /* what it has slept on since then, if it does */
  uint64 since = clock_now(), limit = since + clock_from_ms(HOLD_LIMIT_MS);
  bool is_held = false;
  while (proc != NULL && proc->pid == pid && proc->aspace != NULL) {
    if (is_held) /* so nothing of it changes any more */
      return proc;
    if (killed() || clock_now() >= limit)
      break;
    const void *found = __atomic_load_n(&proc->channel, __ATOMIC_ACQUIRE);
    if (found != channel)
      since = clock_now();
    channel = found;
    is_held = channel != NULL && clock_now() - since >= long_sleep &&
              sleeper_take(proc, channel);
    if (!is_held)
      yield();
    while (is_held && __atomic_load_n(&proc->on_hart, __ATOMIC_ACQUIRE))
      ; /* it is about to leave its hart (T2) */
  }
  let_go(proc, is_held);
  return NULL;
}

int ptdump(int pid, bool kernel_table)
{
  struct proc *proc = hold(pid, clock_from_ms(LONG_SLEEP_MS));
  if (proc == NULL)
    return -1;

  const struct aspace *as = proc->aspace;
  vmprint(kernel_table ? as->kpagetable : as->pagetable);
  let_go(proc, true);
  return 0;
}

int ascheck_all(void)
{
  int nbreaches = aspace_check_global();

  for (int slot = 0; slot < NPROC; slot++) {
    int pid = __atomic_load_n(&proc_table[slot].pid, __ATOMIC_RELAXED);
    struct proc *proc = pid != 0 ? hold(pid, 0) : NULL;
    if (proc != NULL) {
      nbreaches += aspace_check(proc->aspace);
      let_go(proc, true);
    }
  }
  return nbreaches;
}
