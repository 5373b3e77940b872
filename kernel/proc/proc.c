/* The table of processes, how they start, process 1, and the end of the
 * machine. A slot of the table is free if its pid is 0; allocproc fills one for
 * fork and userinit, and freeproc gives it back for wait. A new process begins
 * in forkret or kthread_begin, on its own kernel stack, when a hart's scheduler
 * enters it for the first time. Read proc.h before, fork.c after. */
#include "proc/proc.h"
#include "dev/uart.h"
#include "fs/dir.h"
#include "fs/log.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/kvm.h"
#include "proc/sched.h"
#include "trap/trap.h"

static_assert(NPROC * SPACES == NASPACE, "each space has a number");

#define PID_MAX 0x7FFFFFFF
#define STATUS_NO_INIT 1

struct proc proc_table[NPROC];
struct proc *init_proc;
struct spinlock tree_lock = SPINLOCK_INIT("process tree");

void procinit(void)
{
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

/* End the machine, and write nothing to the disk, which may not be trusted. */
static void __attribute__((noreturn)) power_down_unsynced(int status)
{
  uart_drain();
  power_off(status);
}

void power_down(int status)
{
  if (log_stop() < 0)
    printk("sync failed: the disk may lack the last changes\n");
  power_down_unsynced(status);
}

/* The first swtch to a process comes here, on its empty kernel stack. The
 * scheduler enters every process with one irq_push to undo: one that called
 * sched() made it itself before that, and a new one only undoes it. */
static void forkret(void)
{
  struct proc *self = myproc();

  irq_pop();
  self->aspace->usyscall->pid = self->pid;
  self->aspace->frame->kernel_sp = KSTACK_TOP(self - proc_table);

  /* Process 1 mounts the disk, which takes a sleep, and becomes /init. */
  if (self == init_proc) {
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
  }
  exit_if_killed();
  return_to_user();
}

struct proc *allocproc(void)
{
  static int last_pid;
  static bool come_round;

  acquire(&tree_lock);
  struct proc *proc = proc_find(0);

  /* When the table is full, an orphan that has ended gives way, before init,
   * which adopted it, has waited for it. A program that has seen its last
   * descendant end may rely on that slot, whether init has run since or not. */
  if (proc == NULL) {
    proc = init_proc->first_child;
    while (proc != NULL && !(proc->orphan && proc->state == THREAD_ZOMBIE))
      proc = proc->next_sibling;
    if (proc != NULL)
      freeproc(proc);
  }

  /* Pids rise and begin again at 1 after the last: so a pid is not used again
   * soon, and never while its process lives. Until they have come round none
   * can be in use. */
  if (proc != NULL) {
    memset(proc, 0, offsetof(struct proc, space));
    do {
      come_round = come_round || last_pid == PID_MAX;
      last_pid = last_pid == PID_MAX ? 1 : last_pid + 1;
    } while (come_round && proc_find(last_pid) != NULL);
    proc->pid = last_pid;
    proc->state = THREAD_NEW;
    proc->context.ra = (uint64)forkret;
    proc->context.sp = KSTACK_TOP(proc - proc_table);
  }
  release(&tree_lock);
  return proc;
}

void freeproc(struct proc *proc)
{
  if (proc->parent != NULL) {
    struct proc **link = &proc->parent->first_child;
    while (*link != proc)
      link = &(*link)->next_sibling;
    *link = proc->next_sibling;
  }
  proc->state = THREAD_UNUSED;
  proc->pid = 0;
}

void userinit(void)
{
  struct proc *proc = allocproc();

  if (proc == NULL || aspace_create_process(&proc->space[0]) < 0)
    panic("no memory for process 1");
  proc->aspace = &proc->space[0];
  init_proc = proc;
  runqueue_put(proc);
}

/* The first swtch to the kernel thread comes here, as others to forkret. */
static void kthread_begin(void)
{
  irq_pop();
  log_thread();
}

void kthread_start(void)
{
  static struct proc kthread; /* outside the table */

  kthread.context.ra = (uint64)kthread_begin;
  kthread.context.sp = KSTACK_TOP(NPROC); /* after those of the processes */
  runqueue_put(&kthread);
}

int panic_pid(void)
{
  struct proc *proc = myproc();
  return proc != NULL ? proc->pid : 0;
}
