/* Processes: who exists, what they hold, and what system calls do with them.
 * The kernel thread is one, too, for the scheduler; but it has no pid, slot of
 * the table, address space, file or parent.
 *
 * Life of a process: UNUSED; NEW while fork fills it in; RUNNABLE, RUNNING and
 * SLEEPING by turns; ENDING at the end of exit, while its kernel stack is in
 * use; ZOMBIE until its parent has waited for it.
 *
 * Invariants:
 *   T1  a RUNNABLE process, and no other, is in the run queue; a process is in
 *       a wait bucket exactly if its channel is not NULL. A SLEEPING one that
 *       is in no bucket belongs to whoever took it out: a waker or inspect.c
 *   T2  a process whose on_hart is set is entered by no hart; the hart that it
 *       has left clears it, or makes it a ZOMBIE, when that hart is off the
 *       process's stack and off its page tables
 *   T3  the processes with a parent are those on its list of children; only
 *       process 1 and those being made have none
 * Read sched.h and sync/wait.h next. */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include "lib/base.h"
#include "arch/hart.h"
#include "kernel/param.h"
#include "mm/aspace.h"
#include "sync/spinlock.h"

struct file;
struct inode;

enum thread_state {
  THREAD_UNUSED,
  THREAD_NEW,
  THREAD_SLEEPING,
  THREAD_RUNNABLE,
  THREAD_RUNNING,
  THREAD_ENDING,
  THREAD_ZOMBIE,
};

struct proc {
  struct context context; /* where swtch goes to enter it */

  /* Under the lock of the wait bucket of channel. */
  const void *channel; /* what it sleeps on; NULL: not asleep */
  struct proc *wait_next;

  /* A kill that the next sleep has to notice. Atomics only. */
  uint kill_pending;

  /* Under the lock of the timer queue. */
  uint64 deadline; /* it wakes by itself then */
  struct proc *timer_next;

  /* Under the run queue's lock. */
  struct proc *run_next;
  int last_hart; /* by index: where it ran or, if it is new, was made */

  /* RUNNABLE and RUNNING are set under the run queue's lock, UNUSED, NEW and
   * ZOMBIE under tree_lock, SLEEPING and ENDING by the process itself. */
  enum thread_state state;

  bool on_hart; /* its registers are in a hart (T2). Atomics only. */

  /* Under tree_lock. */
  int pid; /* 0: the slot is free */
  struct proc *parent;
  struct proc *first_child;
  struct proc *next_sibling; /* among its parent's children */
  bool orphan;               /* its first parent is dead */
  int exit_status;

  /* Why it may not go to user mode. Written under tree_lock, read without. */
  volatile uint attention;
#define KILLED 1    /* it is to end; stays set */
#define INSPECTED 2 /* it is to sleep until inspect.c clears this */

  /* The process's own. Others may look while inspect.c holds the process; ^P
   * prints the name at any time. */
  struct aspace *aspace; /* one of space: exec builds in the other; NULL: not
                            made, or gone with exit */
  struct file *open_file[NOFILE];
  struct inode *cwd;
  char name[16];

  /* The last member: their ASIDs outlive the process. */
#define SPACES 2
  struct aspace space[SPACES];
};

extern struct proc proc_table[NPROC];
extern struct proc *init_proc; /* process 1; the children of the dead are its */

/* Guards pids, parents, exit statuses, and the steps from NEW and to ZOMBIE. */
extern struct spinlock tree_lock;

/* Number the address spaces. Once, at boot, before the first process. */
void procinit(void);

/* Make process 1, which mounts the disk and execs /init. Once, at boot. */
void userinit(void);

/* Start the kernel thread, which writes the log, on a stack of its own and the
 * global table. Once, at boot. */
void kthread_start(void);

/* A NEW process with a pid, which begins in forkret, but no address space,
 * files or parent. NULL: no slot. */
struct proc *allocproc(void);

/* Give back the slot of a process that is NEW or a ZOMBIE, and take it out of
 * the tree. Its memory and files are gone already. Under tree_lock. */
void freeproc(struct proc *proc);

/* The process with this pid, a ZOMBIE and a NEW one too, or a free slot if pid
 * is 0; NULL if there is none. Under tree_lock. */
struct proc *proc_find(int pid);

/* The system calls of processes, called by the process itself without locks.
 * Results are -1 on failure. */

/* The child's pid, or -1: no slot or no memory. */
int fork(void);

/* The end of the caller. Its children go to process 1. If process 1 itself
 * ends, the machine is powered off. */
void exit(int status) __attribute__((noreturn));

/* For the scheduler: the end of a process that is ENDING. */
void become_zombie(struct proc *proc);

/* The pid of a child that has ended, which is reaped; its status goes to
 * status_va, unless that is 0. -1: there are no children, the caller was
 * killed, or the address is bad (then nothing is reaped). */
int wait(uint64 status_va);

/* Tell a process to die; it does, with status -1, on its way to user mode. A
 * sleep is cut short. 0, or -1: no such process, or process 1. */
int kill(int pid);

/* Sleep for so many ticks (none if negative). 0, or -1: killed. */
int pause_ticks(int ticks);

/* Run the program at path instead of the caller's. path and the strings of
 * argv, which ends with NULL, are in kernel memory. argc, which is for the
 * new program, or -1 with the caller as it was. */
int exec(const char *path, char *const argv[]);

/* Move the break by delta bytes. Growth reserves the memory, unless it is lazy;
 * the pages come at first touch in both cases. A shrink below 0 does nothing.
 * The old break, or (uint64)-1: memory is out, or it would pass TRAPFRAME. */
uint64 growproc(int delta, bool lazy);

/* Print the user table or the kernel table of a process; pid 0 is the caller.
 * 0, or -1: no such process, or it was busy in the kernel all the time. */
int ptdump(int pid, bool kernel_table);

/* Check the address spaces of all processes, but of those that are busy in the
 * kernel all the time. The number of breaches; each is printed. */
int ascheck_all(void);

/* End the machine with this status. Before that, all that was written to files
 * goes to the disk; if it cannot, the console says so. */
void power_down(int status) __attribute__((noreturn));

#endif
