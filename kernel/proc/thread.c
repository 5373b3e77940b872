#include "proc/thread.h"
#include "arch/csr.h"
#include "lib/panic.h"
#include "mm/kvm.h"
#include "proc/runqueue.h"

/* Their kernel stacks come after those of the processes. */
static struct thread kthreads[NKTHREAD];

/* The first swtch to a thread comes here, on its empty stack, as if out of a
 * sched() that had one irq_push before it. */
static void thread_begin(void)
{
  irq_pop();

  struct thread *self = mythread();
  self->body(self->argument);
  panic("thread %s has returned", self->name);
}

void thread_prepare(struct thread *thread, int kstack,
                    void (*body)(void *argument), void *argument)
{
  thread->body = body;
  thread->argument = argument;
  thread->context = (struct context){
      .ra = (uint64)thread_begin,
      .sp = KSTACK_TOP(kstack),
  };
  thread->irq_were_on = SSTATUS_SIE;
}

void kthread_start(void (*body)(void *), void *argument, const char *name)
{
  static int nstarted;

  assert(nstarted < NKTHREAD);
  struct thread *thread = &kthreads[nstarted];
  thread->name = name;
  thread_prepare(thread, NPROC + nstarted, body, argument);
  nstarted++;
  runqueue_put(thread);
}
