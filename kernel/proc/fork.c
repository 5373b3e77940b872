#include "proc/proc.h"
#include "fs/inode.h"
#include "lib/string.h"
#include "proc/descriptors.h"
#include "proc/runqueue.h"
#include "proc/table.h"
#include "trap/trap.h"

/* Where a child's thread starts: it comes back from fork. */
static void return_from_fork(void *child)
{
  (void)child;
  exit_if_killed();
  return_to_user();
}

/* A child with a copy of the caller's memory and registers, which differ in
 * fork's result alone; NULL if there is no slot or no memory. */
static struct proc *copy_memory(struct proc *parent)
{
  struct proc *child = allocproc(return_from_fork);
  if (child == NULL)
    return NULL;

  if (aspace_clone(&child->space[0], parent->aspace) < 0) {
    freeproc(child);
    return NULL;
  }
  proc_give_aspace(child);
  child->aspace->frame->a0 = 0;
  return child;
}

int fork(void)
{
  struct proc *parent = myproc();
  struct proc *child = copy_memory(parent);
  if (child == NULL)
    return -1;

  descriptors_share(child, parent);
  child->cwd = idup(parent->cwd);
  memcpy(child->name, parent->name, sizeof(child->name));

  acquire(&tree_lock);
  int pid = child->pid; /* later the child may be gone already */
  tree_add(parent, child);
  runqueue_put(&child->thread);
  release(&tree_lock);
  return pid;
}
