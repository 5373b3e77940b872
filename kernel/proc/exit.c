/* The end of processes: faults and kills, exit, and the parent's wait.
 *
 * Lock order: process tree > wait bucket > run queue; a copy to the user may
 * take the page allocator's. */
#include "proc/proc.h"
#include "fs/inode.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "mm/copy.h"
#include "proc/channel.h"
#include "proc/descriptors.h"
#include "proc/table.h"
#include "sync/wait.h"
#include "trap/trap.h"

#define STATUS_KILLED -1

bool killed(void)
{
  struct proc *self = myproc();
  return self != NULL && self->killed;
}

void exit_if_killed(void)
{
  if (killed())
    exit(STATUS_KILLED);
}

void process_faulted(const char *cause, uint64 sepc, uint64 stval)
{
  struct proc *self = myproc();

  printk("%s (pid %d): %s, sepc 0x%lx stval 0x%lx\n", self->name, self->pid,
         cause, sepc, stval);
  self->killed = true;
}

int kill(int pid)
{
  if (pid <= 0)
    return -1;

  acquire(&tree_lock);
  struct proc *proc = proc_find(pid);
  bool may = proc != NULL && proc != init_proc;
  if (may) {
    proc->killed = true;
    thread_interrupt(&proc->thread);
  }
  release(&tree_lock);
  return may ? 0 : -1;
}

/* Under tree_lock. */
static void give_children_to_init(struct proc *parent)
{
  struct proc *child;

  while ((child = parent->first_child) != NULL) {
    tree_remove(child);
    tree_add(init_proc, child);
    if (child->thread.state == THREAD_ZOMBIE)
      wakeup(init_proc);
  }
}

void exit(int status)
{
  struct proc *self = myproc();

  if (self == init_proc) {
    printk("init has ended with status %d\n", status);
    power_down(1);
  }

  /* Leave the address space for the global table, as the scheduler would: no
   * flush is needed then to take the memory away.
   * It goes before the parent can wait, since where the status goes may be on a
   * page that is shared with it. */
  struct aspace *as = self->aspace;
  irq_push();
  self->aspace = NULL;
  aspace_leave();
  irq_pop();
  aspace_destroy(as);

  descriptors_close(self);
  iput(self->cwd);
  self->cwd = NULL;

  irq_push(); /* goes with the thread to sched() */
  acquire(&tree_lock);
  give_children_to_init(self);
  self->exit_status = status;
  self->thread.state = THREAD_ZOMBIE;
  wakeup(self->parent);
  release(&tree_lock);
  sched();
  panic("a zombie runs");
}

/* Under tree_lock. */
static struct proc *zombie_child(struct proc *parent)
{
  struct proc *child = parent->first_child;

  while (child != NULL && child->thread.state != THREAD_ZOMBIE)
    child = child->next_sibling;
  return child;
}

/* Free a zombie that is out of the tree: its hart is about to leave it, if it
 * has not yet. Its pid, which goes. */
static int reap(struct proc *child)
{
  int pid = child->pid;

  while (__atomic_load_n(&child->thread.on_hart, __ATOMIC_ACQUIRE))
    ;
  freeproc(child);
  return pid;
}

/* Wait for a zombie and take it out of the tree, its status copied. NULL for
 * any reason that wait has to fail. Under tree_lock. */
static struct proc *collect_child(struct proc *self, uint64 status_va)
{
  struct proc *child;

  while ((child = zombie_child(self)) == NULL) {
    if (self->first_child == NULL || killed())
      return NULL;
    sleep(self, &tree_lock);
  }
  if (status_va != 0 &&
      copyout(status_va, &child->exit_status, sizeof(child->exit_status)) < 0)
    return NULL;
  tree_remove(child);
  return child;
}

int wait(uint64 status_va)
{
  acquire(&tree_lock);
  struct proc *child = collect_child(myproc(), status_va);
  release(&tree_lock);
  return child != NULL ? reap(child) : -1;
}
