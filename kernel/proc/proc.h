/* Threads and processes: who exists and what they hold. A thread is what the
 * scheduler runs; a process is a thread with an address space, open files and
 * a parent. Kernel threads are threads alone.
 *
 * Life of a process: UNUSED, then NEW while fork fills it in; RUNNABLE,
 * RUNNING and SLEEPING as often as it likes; ZOMBIE after exit, until its
 * parent has waited for it; UNUSED.
 *
 * Invariants:
 *   T1  a RUNNABLE thread, and no other, is in the run queue (or is the one
 *       that is held, and its turn came meanwhile); a thread is in a wait
 *       bucket exactly if its channel is not NULL
 *   T2  a thread whose on_hart is set is not entered by any hart; it is
 *       cleared by the hart that the thread has left, which by then is off
 *       the thread's stack and off its page tables
 *   T3  the processes with a parent are those on its list of children; only
 *       process 1 and those being made or freed have none */
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
  THREAD_ZOMBIE,
};

struct thread {
  /* The thread's own; fixed while it lives, but for the first and last. */
  struct context context; /* where swtch goes to enter it */
  struct proc *proc;      /* NULL: a kernel thread */
  const char *name;
  void (*body)(void *argument); /* where it starts */
  void *argument;
  uint64 irq_were_on; /* the hart's word of that name, while it is off harts */

  /* Under the lock of the wait bucket of channel. */
  const void *channel;       /* what it sleeps on; NULL: not asleep */
  struct thread *wait_next;  /* in the bucket */
  struct thread **wait_link; /* what points to this thread there */

  /* A kill that the next sleep has to notice. Atomics only. */
  uint kill_pending;

  /* Under the lock of the timed sleepers. */
  uint64 deadline;            /* it wakes by itself then */
  struct thread *timed_next;  /* among them, by deadline */
  struct thread **timed_link; /* NULL: it is not among them */

  /* Under the run queue's lock. */
  struct thread *run_next;

  /* RUNNABLE and RUNNING are set under the run queue's lock, the others by
   * whoever owns the thread then. */
  enum thread_state state;

  /* Its registers are in a hart. Atomics only; see T2. */
  bool on_hart;
};

struct proc {
  struct thread thread;

  /* Under the process tree's lock. */
  int pid; /* 0: the slot is free */
  struct proc *parent;
  struct proc *first_child;
  struct proc *next_sibling; /* among its parent's children */
  int exit_status;

  /* Set by anybody, never cleared while the process lives. */
  volatile bool killed;

  /* The process's own. Others may look while it is held off every hart. */
  struct aspace *aspace; /* one of space: exec builds in the other; NULL: not
                            made, or gone with exit */
  struct file *open_file[NOFILE];
  struct inode *cwd;
  char name[16];

  /* The last member: their ASIDs outlive the process. */
#define SPACES 2
  struct aspace space[SPACES];
};

/* Prepare the table. Once, at boot, after kvminit. */
void proc_init(void);

/* Make process 1, which mounts the disk and execs /init. Once, at boot. */
void proc_start_first(void);

/* Start a kernel thread: body(argument) on a stack of its own, on the global
 * table. body never returns. At most NKTHREAD, all at boot. */
void kthread_start(void (*body)(void *), void *argument, const char *name);

/* This hart's scheduler: runs threads for ever, waits on the global table
 * when there are none. */
void scheduler(void) __attribute__((noreturn));

/* Leave the hart, for the scheduler: the current thread has already been put
 * where it will be found again (or is a ZOMBIE). Called with one irq_push and
 * no spinlock. Returns when the thread runs again, maybe on another hart. */
void sched(void);

/* Save the callee-saved registers in *old and load those of *new. */
void swtch(struct context *old, const struct context *new);

/* The system calls of processes: plain values in, results out. Called by the
 * process itself, without locks. Results are -1 on failure. */

/* The child's pid, or -1: no slot or no memory. */
int fork(void);

/* The end of the caller. Its children go to process 1. If process 1 itself
 * ends, the machine is powered off. */
void exit(int status) __attribute__((noreturn));

/* The pid of a child that has ended, which is reaped; its status goes to
 * status_va, unless that is 0. -1: there are no children, the caller was
 * killed, or the address is bad (then nothing is reaped). */
int wait(uint64 status_va);

/* Tell a process to die; it does, with status -1, on its way to user mode. A
 * sleep of its is cut short. 0, or -1: no such process, or process 1. */
int kill(int pid);

/* Sleep for so many ticks (none if negative). 0, or -1: killed. */
int pause_ticks(int ticks);

/* Run the program at path instead of the caller's. path and the strings of
 * argv, which ends with NULL, are in kernel memory. argc, which is for the
 * new program, or -1 with the caller as it was. */
int exec(const char *path, char *const argv[]);

/* Move the break by delta bytes; lazily, memory comes at first touch. A
 * shrink below 0 does nothing. The old break, or (uint64)-1. */
uint64 growproc(int delta, bool lazy);

/* Print the user table or the kernel table of a process, held off every hart
 * for so long; pid 0 is the caller. 0, or -1: no such process. */
int ptdump(int pid, bool kernel_table);

/* Check the address spaces of all processes. The breaches, each printed. */
int ascheck_all(void);

/* Put file in the lowest free descriptor, which is returned; -1 if none is
 * free (and file is still the caller's). */
int fd_install(struct file *file);

/* The file at descriptor fd, NULL if there is none. */
struct file *fd_file(int fd);

/* Take it out of the table: the reference is the caller's. NULL if there is
 * none. */
struct file *fd_remove(int fd);

/* End the machine with this status, after what files were told is on the
 * disk; or, if the disk is not to be trusted, without that. */
void power_down(int status) __attribute__((noreturn));
void power_down_unsynced(int status) __attribute__((noreturn));

#endif
