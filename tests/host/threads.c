#include "tests/host/threads.h"
#include <pthread.h>
#include "fs/log.h"
#include "lib/panic.h"
#include "tests/host/fs_stubs.h"

#define THREADS_MAX 32

static struct thread {
  pthread_t id;
  const void *channel; /* that it sleeps on, or NULL */
  bool ended;
} threads[THREADS_MAX];

static uint nthreads;
static uint running; /* whose turn it is; nthreads: the caller of run */
static void (*body_of_all)(uint self);
static pthread_mutex_t baton = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;

static void wait_for_turn(uint self)
{
  while (running != self)
    pthread_cond_wait(&passed, &baton);
}

/* All but thread 0, the log's, have ended. */
static bool all_ended(void)
{
  uint i = 1;
  while (i < nthreads && threads[i].ended)
    i++;
  return i == nthreads;
}

/* Find out whose turn comes after that of the running one. */
static uint next_turn(void)
{
  if (all_ended())
    return nthreads;
  for (uint i = 1; i <= nthreads; i++) {
    uint next = (running + i) % nthreads;
    if (!threads[next].ended && !threads[next].channel)
      return next;
  }
  panic("all threads sleep");
}

static void pass_on(void)
{
  running = next_turn();
  pthread_cond_broadcast(&passed);
}

void host_threads_yield(void)
{
  uint self = running;
  pass_on();
  wait_for_turn(self);
}

static void sleep_until_woken(const void *channel)
{
  threads[running].channel = channel;
  host_threads_yield();
}

static void wake(const void *channel)
{
  for (uint i = 0; i < nthreads; i++) {
    if (threads[i].channel == channel)
      threads[i].channel = NULL;
  }
}

static void *start(void *thread)
{
  uint self = (struct thread *)thread - threads;
  pthread_mutex_lock(&baton);
  wait_for_turn(self);
  if (self == 0)
    log_thread();
  body_of_all(self - 1);
  threads[self].ended = true;
  pass_on();
  pthread_mutex_unlock(&baton);
  return NULL;
}

void host_threads_run(uint count, void (*body)(uint self))
{
  assert(count < THREADS_MAX);
  nthreads = running = count + 1;
  body_of_all = body;
  host_on_sleep(sleep_until_woken);
  host_on_wakeup(wake);
  pthread_mutex_lock(&baton);
  for (uint i = 0; i < nthreads; i++) {
    threads[i] = (struct thread){0};
    if (pthread_create(&threads[i].id, NULL, start, &threads[i]) != 0)
      panic("no thread");
  }
  pass_on();
  wait_for_turn(nthreads);
  pthread_mutex_unlock(&baton);
  for (uint i = 1; i < nthreads; i++)
    pthread_join(threads[i].id, NULL);
}
