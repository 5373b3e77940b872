/* The life of a process by its system calls: fork, exit, wait, kill and sbrk;
 * exec has a file of its own. A process ends in two steps: exit frees its
 * memory and files and leaves a zombie, which is a slot with a status; its
 * parent's wait takes the status and frees the slot. Read proc.c before.
 * Lock order: process tree > wait bucket > run queue; process tree > page. */
#include "fs/file.h"
#include "fs/inode.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/copy.h"
#include "proc/sched.h"
#include "sync/wait.h"
#include "trap/trap.h"

#define STATUS_KILLED -1
#define STATUS_INIT_ENDED 1 /* of the machine */

int fork(void)
{
  struct proc *parent = myproc();
  struct proc *child = allocproc();
  if (child == NULL)
    return -1;

  if (aspace_clone(&child->space[0], parent->aspace) < 0) {
    acquire(&tree_lock);
    freeproc(child);
    release(&tree_lock);
    return -1;
  }

  /* From here on nothing fails. */
  child->aspace = &child->space[0];
  child->aspace->frame->a0 = 0; /* fork's result in the child */
  for (int fd = 0; fd < NOFILE; fd++) {
    if (parent->open_file[fd] != NULL)
      child->open_file[fd] = filedup(parent->open_file[fd]);
  }
  child->cwd = idup(parent->cwd);
  memcpy(child->name, parent->name, sizeof(child->name));

  acquire(&tree_lock);
  int pid = child->pid; /* later the child may be gone already */
  child->parent = parent;
  child->next_sibling = parent->first_child;
  parent->first_child = child;
  runqueue_put(child);
  release(&tree_lock);
  return pid;
}

void exit(int status)
{
  struct proc *self = myproc();

  if (self == init_proc) {
    printk("init has ended with status %d\n", status);
    power_down(STATUS_INIT_ENDED);
  }

  /* Leave the address space for the global table, as the scheduler would: no
   * satp names it any more, and no flush is needed to take the memory away.
   * It goes before the parent can wait, since where the status goes may be on
   * a page that is shared with it. Interrupts are off: a switch in between
   * would enter the address space again, or leave it twice. */
  struct aspace *as = self->aspace;
  irq_push();
  self->aspace = NULL;
  aspace_leave();
  irq_pop();
  aspace_destroy(as);

  for (int fd = 0; fd < NOFILE; fd++) {
    if (self->open_file[fd] != NULL)
      fileclose(self->open_file[fd]);
  }
  iput(self->cwd);

  self->exit_status = status;
  irq_push(); /* goes with the process to sched() */
  self->state = THREAD_ENDING;
  sched();
  panic("a zombie runs");
}

void become_zombie(struct proc *proc)
{
  struct proc *child;

  acquire(&tree_lock);
  while ((child = proc->first_child) != NULL) {
    proc->first_child = child->next_sibling;
    child->parent = init_proc;
    child->orphan = true;
    child->next_sibling = init_proc->first_child;
    init_proc->first_child = child;
    if (child->state == THREAD_ZOMBIE)
      wakeup(init_proc);
  }
  proc->state = THREAD_ZOMBIE;
  wakeup(proc->parent);
  release(&tree_lock); /* from here on the slot may be another's */
}

int wait(uint64 status_va)
{
  struct proc *self = myproc(), *child;
  int pid = -1;

  /* tree_lock is held from the look for a zombie to the sleep, and zombies are
   * made under it: no end of a child is missed. */
  acquire(&tree_lock);
  for (;;) {
    for (child = self->first_child; child != NULL; child = child->next_sibling)
      if (child->state == THREAD_ZOMBIE)
        break;
    if (child != NULL || self->first_child == NULL || killed())
      break;
    sleep(self, &tree_lock);
  }

  /* The status is copied first: if that fails, nothing is reaped. */
  if (child != NULL &&
      (status_va == 0 || copyout(status_va, &child->exit_status,
                                 sizeof(child->exit_status)) == 0)) {
    pid = child->pid;
    freeproc(child);
  }
  release(&tree_lock);
  return pid;
}

int kill(int pid)
{
  acquire(&tree_lock);
  struct proc *proc = pid > 0 ? proc_find(pid) : NULL;
  bool may = proc != NULL && proc != init_proc;
  if (may) {
    proc->attention |= KILLED;
    sleep_interrupt(proc);
  }
  release(&tree_lock);
  return may ? 0 : -1;
}

bool killed(void)
{
  return myproc()->attention & KILLED;
}

/* Wait, or die, as attention says. Out of line, so that exit_if_killed, which
 * each system call goes through, needs no stack frame. */
static void __attribute__((noinline)) attend(struct proc *self)
{
  acquire(&tree_lock);
  while (self->attention & INSPECTED)
    sleep(self, &tree_lock);
  release(&tree_lock);
  if (self->attention & KILLED)
    exit(STATUS_KILLED);
}

void exit_if_killed(void)
{
  struct proc *self = myproc();

  if (self->attention != 0)
    attend(self);
}

void process_faulted(const char *cause, uint64 sepc, uint64 stval)
{
  struct proc *self = myproc();

  printk("%s (pid %d): %s, sepc 0x%lx stval 0x%lx\n", self->name, self->pid,
         cause, sepc, stval);
  acquire(&tree_lock);
  self->attention |= KILLED;
  release(&tree_lock);
}

uint64 growproc(int delta, bool lazy)
{
  struct aspace *as = myproc()->aspace;
  uint64 old_break = as->size, less = -(long)delta;
  int result = 0;

  if (delta >= 0)
    result = lazy ? aspace_grow_lazily(as, old_break + delta)
                  : aspace_grow(as, old_break + delta);
  else if (less <= old_break)
    result = aspace_shrink(as, old_break - less);
  return result < 0 ? (uint64)-1 : old_break;
}
