/* The lowest layer, for host tests. */
#include "tests/host/stubs.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "arch/csr.h"
#include "arch/hart.h"
#include "kernel/riscv.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "lib/string.h"
#include "sync/spinlock.h"

#define PRINTED_MAX 8192

struct hart harts[NCPU];
int nharts = 1;
bool host_irqs_on;
const char *host_never_printed = "fs: the name cache";
void (*host_on_fence)(void), (*host_on_release)(void);

static char text[PRINTED_MAX];
static size_t text_length;
static int held;
static int irqs_off;
static jmp_buf *catcher; /* of host_panics */

const char *printed(void)
{
  return text;
}

void printed_clear(void)
{
  text[0] = '\0';
  text_length = 0;
}

int spinlocks_held(void)
{
  return held;
}

void vprintk(const char *format, va_list args)
{
  size_t room = sizeof(text) - text_length;
  int length = vsnprintf(text + text_length, room, format, args);
  const char *fault = host_never_printed;
  if (fault && strncmp(text + text_length, fault, strlen(fault)) == 0) {
    fputs(text + text_length, stderr);
    abort();
  }
  text_length += min_u64(length, room - 1);
}

void printk(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vprintk(format, args);
  va_end(args);
}

size_t format_text(char *buf, size_t room, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  int length = vsnprintf(buf, room, format, args);
  va_end(args);
  return length;
}

void panic(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (catcher != NULL) {
    vprintk(format, args);
    longjmp(*catcher, 1);
  }
  fflush(stdout);
  fputs("panic: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  abort();
}

bool host_panics(void (*function)(void))
{
  jmp_buf here;
  volatile bool panics = true;
  volatile int held_before = held;

  catcher = &here;
  if (setjmp(here) == 0) {
    function();
    panics = false;
  }
  catcher = NULL;
  held = held_before;
  return panics;
}

void page_zero(void *page)
{
  memset(page, 0, PGSIZE);
}

void page_copy(void *dst, const void *src)
{
  memcpy(dst, src, PGSIZE);
}

uint64 harts_sum(uint64 offset)
{
  uint64 sum = 0;
  for (int i = 0; i < nharts; i++)
    sum += *(uint64 *)((char *)&harts[i] + offset);
  return sum;
}

/* A test may have one of its own. */
__attribute__((weak)) const char *symbol_find(uint64 address, uint64 *offset)
{
  *offset = address;
  return "somewhere";
}

void yield(void); /* sync/wait.h, whose sleep() is not the host's */
__attribute__((weak)) void yield(void)
{
}

void initlock(struct spinlock *lock, const char *name)
{
  *lock = (struct spinlock){.name = name};
}

void acquire(struct spinlock *lock)
{
  if (lock->locked)
    panic("%s: taken twice", lock->name);
  lock->locked = 1;
  lock->holder = &harts[0];
  held++;
}

void release(struct spinlock *lock)
{
  if (!lock->locked)
    panic("%s: given back and not held", lock->name);
  lock->locked = 0;
  held--;
  if (host_on_release != NULL)
    host_on_release();
}

bool holding(const struct spinlock *lock)
{
  return lock->locked;
}

void irq_push(void)
{
  irqs_off++;
}

void irq_pop(void)
{
  if (irqs_off-- == 0)
    panic("irq_pop without irq_push");
}

int host_alone(int (*function)(void))
{
  int status = -1;

  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int result = function();
    fflush(stdout);
    _exit(result);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
    return -1;
  return WEXITSTATUS(status);
}
