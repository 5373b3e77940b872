#include "proc/table.h"
#include "kernel/memlayout.h"
#include "lib/string.h"
#include "proc/channel.h"
#include "proc/thread.h"
#include "sync/wait.h"
#include "trap/clock.h"
#include "trap/trap.h"

#define PID_MAX 0x7FFFFFFF
#define SLOT_WAIT_MS 1000

struct proc proc_table[NPROC];
struct proc *init_proc;
struct spinlock tree_lock = SPINLOCK_INIT("process tree");

/* A channel of its own: proc_table is the address of init's slot, on which
 * init waits for children. */
static const char slot_freed[1];

void proc_init(void)
{
  channel_init();
  for (int i = 0; i < NPROC; i++)
    for (int j = 0; j < SPACES; j++)
      aspace_number(&proc_table[i].space[j], i * SPACES + j);
}

struct proc *proc_find(int pid)
{
  for (struct proc *proc = proc_table; proc < proc_table + NPROC; proc++) {
    if (proc->pid == pid)
      return proc;
  }
  return NULL;
}

/* Pids rise and begin again at 1 after the last, so that a pid is not used
 * again soon, and never while its process lives. */
static int next_pid(void)
{
  static int last_pid;

  do {
    last_pid = last_pid == PID_MAX ? 1 : last_pid + 1;
  } while (proc_find(last_pid) != NULL);
  return last_pid;
}

/* Whether a zombie holds a slot that is free as soon as init, or whoever reaps
 * it now, has had a hart. */
static bool slot_is_coming(void)
{
  for (struct proc *proc = proc_table; proc < proc_table + NPROC; proc++) {
    if (proc->thread.state == THREAD_ZOMBIE &&
        (proc->parent == NULL || proc->parent == init_proc))
      return true;
  }
  return false;
}

/* A free slot, or NULL. A table that is full of orphans not reaped yet is no
 * reason to fail: wait a moment, though not for ever, since an init of
 * somebody's own may not reap. Under tree_lock. */
static struct proc *find_slot(void)
{
  uint64 deadline = clock_now() + clock_from_ms(SLOT_WAIT_MS);
  struct proc *proc;

  while ((proc = proc_find(0)) == NULL && myproc() != init_proc && !killed() &&
         slot_is_coming() && clock_now() < deadline)
    sleep_until(slot_freed, &tree_lock, deadline);
  return proc;
}

/* A slot with a pid and nothing else, or NULL. */
static struct proc *claim_slot(void)
{
  acquire(&tree_lock);
  struct proc *proc = find_slot();
  if (proc != NULL) {
    memset(proc, 0, offsetof(struct proc, space));
    proc->pid = next_pid();
    proc->thread.state = THREAD_NEW;
  }
  release(&tree_lock);
  return proc;
}

struct proc *allocproc(void (*body)(void *process))
{
  struct proc *proc = claim_slot();
  if (proc == NULL)
    return NULL;

  proc->thread.proc = proc;
  proc->thread.name = proc->name;
  thread_prepare(&proc->thread, proc - proc_table, body, proc);
  return proc;
}

void proc_give_aspace(struct proc *proc)
{
  proc->aspace = &proc->space[0];
  proc->aspace->usyscall->pid = proc->pid;
  trapframe_lead_in(proc->aspace->frame, proc->thread.context.sp);
}

void freeproc(struct proc *proc)
{
  if (proc->aspace != NULL)
    aspace_destroy(proc->aspace);

  acquire(&tree_lock);
  proc->thread.state = THREAD_UNUSED;
  proc->pid = 0;
  wakeup(slot_freed);
  release(&tree_lock);
}

void tree_add(struct proc *parent, struct proc *child)
{
  child->parent = parent;
  child->next_sibling = parent->first_child;
  parent->first_child = child;
}

void tree_remove(struct proc *child)
{
  struct proc **link = &child->parent->first_child;

  while (*link != child)
    link = &(*link)->next_sibling;
  *link = child->next_sibling;
  child->parent = NULL;
}
