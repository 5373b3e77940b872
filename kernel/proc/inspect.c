/* Looking at other processes: the list of ^P, which looks at what it finds;
 * and the tables of a process, which is held off every hart meanwhile.
 *
 * Lock order: inspection > process tree; inspection > run queue. */
#include "fs/file.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "mm/kvm.h"
#include "mm/vmprint.h"
#include "proc/runqueue.h"
#include "proc/table.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"

/* Whoever holds a process. Only one at a time, so no two hold each other. */
static struct sleeplock inspection = SLEEPLOCK_INIT("inspection");

static const char *const state_names[] = {
    [THREAD_UNUSED] = "unused",     [THREAD_NEW] = "new",
    [THREAD_SLEEPING] = "sleeping", [THREAD_RUNNABLE] = "runnable",
    [THREAD_RUNNING] = "running",   [THREAD_ZOMBIE] = "zombie",
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
  printk("%d %s %s\n", proc->pid, state_names[proc->thread.state], proc->name);
  return slot + 1;
}

int panic_pid(void)
{
  struct proc *proc = myproc();
  return proc != NULL ? proc->pid : 0;
}

/* The process with this pid, if it has an address space that it may run on
 * again; else NULL. */
static struct proc *find_living(int pid)
{
  acquire(&tree_lock);
  struct proc *proc = pid > 0 ? proc_find(pid) : NULL;
  if (proc != NULL &&
      (proc->thread.state == THREAD_NEW || proc->aspace == NULL))
    proc = NULL;
  release(&tree_lock);
  return proc;
}

/* Whether a held thread is off every hart, and so will stay. Being taken from
 * the queue makes it RUNNING at once, though on_hart is set a little later:
 * so look at state first. */
static bool has_left(const struct thread *thread)
{
  return __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) != THREAD_RUNNING &&
         !__atomic_load_n(&thread->on_hart, __ATOMIC_ACQUIRE);
}

/* Hold the process with this pid off every hart; the caller itself needs no
 * holding. NULL: there is none, or it ended before it could be held. */
static struct proc *hold(int pid)
{
  struct proc *self = myproc();
  if (pid == 0 || pid == self->pid)
    return self;

  acquiresleep(&inspection);
  struct proc *proc = find_living(pid);
  if (proc != NULL) {
    runqueue_hold(&proc->thread);
    while (!has_left(&proc->thread))
      yield();
    if (find_living(pid) == proc)
      return proc;
    runqueue_let_go();
  }
  releasesleep(&inspection);
  return NULL;
}

static void let_go(struct proc *proc)
{
  if (proc == myproc())
    return;
  runqueue_let_go();
  releasesleep(&inspection);
}

int ptdump(int pid, bool kernel_table)
{
  struct proc *proc = hold(pid);
  if (proc == NULL)
    return -1;

  pagetable_t table = proc->aspace->pagetable;
  if (kernel_table)
    table = proc->aspace->kpagetable;
  vmprint(table != NULL ? table : kernel_pagetable);
  let_go(proc);
  return 0;
}

/* The pid in a slot of the table; 0 if it is free. */
static int pid_in_slot(int slot)
{
  acquire(&tree_lock);
  int pid = proc_table[slot].pid;
  release(&tree_lock);
  return pid;
}

int ascheck_all(void)
{
  int nbreaches = aspace_check_global();

  for (int slot = 0; slot < NPROC; slot++) {
    int pid = pid_in_slot(slot);
    struct proc *proc = pid != 0 ? hold(pid) : NULL;
    if (proc != NULL) {
      nbreaches += aspace_check(proc->aspace);
      let_go(proc);
    }
  }
  return nbreaches;
}
