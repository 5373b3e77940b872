#include "tests/host/fs_stubs.h"
#include <stdlib.h>
#include <string.h>
#include "arch/hart.h"
#include "dev/uart.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/page.h"
#include "sync/sleeplock.h"
#include "sync/wait.h"
#include "tests/host/stubs.h"
#include "trap/clock.h"

#define PAGES_MAX 1024
#define SERIAL_MAX 4096

static void *pages[PAGES_MAX]; /* all that were taken since boot; NULL: free */
static uint pages_taken, pages_most;
static void (*sleep_hook)(const void *channel);
static void (*wakeup_hook)(const void *channel);
static bool log_works;
static const void *slept_on; /* and nobody has woken it since */
static const char *lock_hook_name;
static uint lock_hook_in; /* so many locks; 0: no more */
static void (*lock_hook)(void);
static bool is_killed;
static uint64 now;
static char user_memory[HOST_USER_BYTES];
static char serial[SERIAL_MAX];
static size_t serial_length;
static int procdumps;
static enum copy_mode mode;

static void work_of_log(const void *channel)
{
  if (log_works || channel == slept_on)
    panic("the only thread sleeps");
  slept_on = channel;
  log_works = true;
  log_work();
  log_works = false;
}

void host_boot(void)
{
  for (uint i = 0; i < PAGES_MAX; i++) {
    free(pages[i]);
    pages[i] = NULL;
  }
  pages_taken = 0;
  pages_most = PAGES_MAX;
  sleep_hook = work_of_log;
  wakeup_hook = NULL;
  log_works = is_killed = false;
  slept_on = NULL;
  lock_hook_in = 0;
  serial_length = 0;
  procdumps = 0;
  mode = COPY_DIRECT;
  for (int i = 0; i < NCOPY_COUNTER; i++)
    harts[0].copies[i] = 100 + i;
  binit();
  initlog();
  iinit();
}

void *kalloc(void)
{
  uint i = 0;
  if (pages_taken == pages_most)
    return NULL;
  while (pages[i])
    i++;
  pages[i] = aligned_alloc(PGSIZE, PGSIZE);
  memset(pages[i], 0xA5, PGSIZE);
  pages_taken++;
  return pages[i];
}

void kfree(void *page)
{
  uint i = 0;
  while (i < PAGES_MAX && pages[i] != page)
    i++;
  assert(page && i < PAGES_MAX);
  free(page);
  pages[i] = NULL;
  pages_taken--;
}

uint host_pages_taken(void)
{
  return pages_taken;
}

void host_pages_limit(uint more)
{
  pages_most = min_u64(pages_taken + more, PAGES_MAX);
}

uint64 pages_free(void)
{
  return pages_most - pages_taken;
}

uint64 pages_reserved(void)
{
  return 0;
}

uint64 pages_total(void)
{
  return PAGES_MAX;
}

void initsleeplock(struct sleeplock *lock, const char *name)
{
  *lock = (struct sleeplock){.name = name};
}

void host_before_lock(const char *name, uint nth, void (*hook)(void))
{
  lock_hook_name = name;
  lock_hook_in = nth;
  lock_hook = hook;
}

static void count_to_lock_hook(const struct sleeplock *lock)
{
  if (lock_hook_in > 0 && strcmp(lock->name, lock_hook_name) == 0 &&
      --lock_hook_in == 0)
    lock_hook();
}

void acquiresleep(struct sleeplock *lock)
{
  assert(spinlocks_held() == 0);
  count_to_lock_hook(lock);
  if (lock->holder)
    panic("%s: the only thread waits for itself", lock->name);
  lock->holder = &now;
}

void acquiresleep_another(struct sleeplock *lock)
{
  acquiresleep(lock);
}

void releasesleep(struct sleeplock *lock)
{
  assert(lock->holder);
  lock->holder = NULL;
}

void host_on_sleep(void (*hook)(const void *channel))
{
  sleep_hook = hook;
}

void sleep(const void *channel, struct spinlock *lock)
{
  assert(spinlocks_held() == 1);
  if (!sleep_hook)
    panic("the only thread sleeps on %s", lock->name);
  release(lock);
  sleep_hook(channel);
  acquire(lock);
}

void sleep_until(const void *channel, struct spinlock *lock, uint64 deadline)
{
  if (deadline != ~0UL)
    now = max_u64(now, deadline);
  sleep(channel, lock);
}

void host_on_wakeup(void (*hook)(const void *channel))
{
  wakeup_hook = hook;
}

void wakeup(const void *channel)
{
  if (channel == slept_on)
    slept_on = NULL;
  assert(channel);
  if (wakeup_hook)
    wakeup_hook(channel);
}

void host_set_killed(bool killed)
{
  is_killed = killed;
}

bool killed(void)
{
  return is_killed;
}

uint64 host_clock(void)
{
  return now;
}

uint64 clock_now(void)
{
  return now;
}

uint64 clock_from_us(uint64 microseconds)
{
  return microseconds / 1000;
}

char *host_user(void)
{
  return user_memory;
}

struct uio host_user_uio(uint64 offset)
{
  return uio_user(HOST_USER_VA + offset);
}

/* Where nbytes from offset on are; NULL: not all in the user's memory. */
static char *resolve(struct uio uio, uint64 offset, uint64 nbytes)
{
  uint64 start = uio.address + offset;
  if (!uio.user)
    return (char *)start;
  if (start < HOST_USER_VA || start - HOST_USER_VA > HOST_USER_BYTES ||
      nbytes > HOST_USER_VA + HOST_USER_BYTES - start)
    return NULL;
  return user_memory + (start - HOST_USER_VA);
}

int copy_to_uio(struct uio uio, uint64 offset, const void *src, uint64 nbytes)
{
  char *dst = resolve(uio, offset, nbytes);
  if (!dst)
    return -1;
  memcpy(dst, src, nbytes);
  return 0;
}

int copy_from_uio(void *dst, struct uio uio, uint64 offset, uint64 nbytes)
{
  const char *src = resolve(uio, offset, nbytes);
  if (!src) {
    memset(dst, '?', nbytes / 2); /* a copy that fails half way */
    return -1;
  }
  memcpy(dst, src, nbytes);
  return 0;
}

void copy_set_mode(enum copy_mode new_mode)
{
  mode = new_mode;
}

enum copy_mode copy_get_mode(void)
{
  return mode;
}

bool asids_used = true;
static bool two_tables;

void aspace_set_two_tables(bool two)
{
  two_tables = two;
}

bool aspace_two_tables(void)
{
  return two_tables;
}

void uart_write(const char *bytes, uint nbytes)
{
  assert(spinlocks_held() == 0 && nbytes <= UART_CHUNK);
  for (uint i = 0; i < nbytes && serial_length < sizeof(serial) - 1; i++)
    serial[serial_length++] = bytes[i];
}

void uart_resume(void)
{
  assert(spinlocks_held() == 0);
}

const char *host_serial_output(void)
{
  serial[serial_length] = '\0';
  serial_length = 0;
  return serial;
}

int procdump(int slot)
{
  procdumps += slot == 0;
  return slot < 2 ? slot + 1 : NPROC;
}

int host_procdumps(void)
{
  return procdumps;
}
