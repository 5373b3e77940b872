/* Process 1: what is done in it before it is /init. */
#include "fs/dir.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "proc/runqueue.h"
#include "proc/table.h"
#include "trap/trap.h"

#define STATUS_NO_INIT 1

/* The kernel's half of process 1: what needs a process to sleep in. */
static void run_init(void *process)
{
  struct proc *self = process;
  char *argv[] = {"/init", NULL};

  const char *trouble = fsinit();
  if (trouble != NULL) {
    printk("cannot mount: %s\n", trouble);
    power_down_unsynced(STATUS_NO_INIT);
  }

  self->cwd = namei(NULL, "/");
  int argc = self->cwd != NULL ? exec(argv[0], argv) : -1;
  if (argc < 0) {
    printk("cannot run %s\n", argv[0]);
    power_down(STATUS_NO_INIT);
  }
  self->aspace->frame->a0 = argc;
  return_to_user();
}

void proc_start_first(void)
{
  struct proc *proc = allocproc(run_init);

  if (proc == NULL || aspace_create_process(&proc->space[0]) < 0)
    panic("no memory for process 1");
  proc_give_aspace(proc);
  init_proc = proc;
  runqueue_put(&proc->thread);
}
