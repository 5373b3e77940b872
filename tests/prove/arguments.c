/* The arguments of exec: from any pointers of the user into a page of the
 * kernel (kernel/sys/sysfile.c), and from there to the new stack
 * (kernel/proc/exec.c).
 *
 *   prove_fetch: bound 2
 *     fetch_arguments() has each string copied to where the one before ends,
 *     with just the room that is left of the page; MAXARG pointers at most are
 *     read, and argv is closed by a NULL
 *   prove_put: bound 33
 *     put_arguments() takes the arguments exactly if there are fewer than
 *     MAXARG, and they and argv fit a page; they lie on it, none over another,
 *     and argv, which has their addresses, below them at a multiple of 16
 *   prove_stack: bound 2, any_put for put_arguments
 *     build_stack() maps the page with them behind a hole of a page, below
 *     USYSCALL, or frees it
 *
 *   loop FETCH of sys/sysfile.c: i < MAXARG; i++
 *   loop PUT of proc/exec.c: argv[argc] != NULL; argc++
 */
#include "tests/prove/prove.h"
#include "kernel/param.h"

/* Any one argument is looked at: number `probe`, which is at `place`. */
static uint64 probe, place;

/* What the user has. */
static char page[4096];
static uint64 argv_va, last_pointer;
static uint64 pointers_read, filled; /* filled: bytes of the page */

#define FETCH                                                                  \
  ANY_TURN((i = any_below(MAXARG + 1), pointers_read = i,                      \
            used = any_below(PGSIZE + 1), filled = used, place = nondet_u64(), \
            __CPROVER_havoc_object(argv)),                                     \
           i >= 0 && i <= MAXARG && pointers_read == (uint64)i &&              \
               used == filled && used <= PGSIZE &&                             \
               (probe >= (uint64)i || argv[probe] == page + place))

/* What exec gets, and the new stack. */
static char *args[MAXARG], some[MAXARG];
static uint64 nargs, measured, copied, length;
static uint64 stack, table, lowest; /* an address; and offsets in the page */
static bool too_long, mapped, no_page, is_freed;
static int argc_of_stack;

#define PUT                                                                    \
  ANY_TURN((argc = any_below(MAXARG), measured = copied = argc,                \
            room = any_below(PGSIZE + 1), lowest = room, place = nondet_u64(), \
            __CPROVER_havoc_object(pointers)),                                 \
           argc >= 0 && argc < MAXARG && (uint64)argc <= nargs &&              \
               measured == (uint64)argc && copied == (uint64)argc &&           \
               room == lowest && room <= PGSIZE &&                             \
               (probe >= (uint64)argc || pointers[probe] == va + place))

#include "proc/exec.c"
#include "sys/sysfile.c"

/* Where the guard is at most, as prove_segment shows: behind it are a page of
 * stack, USYSCALL, TRAPFRAME and TRAMPOLINE. */
#define TOP 0x3fffffb000UL

int copyin(void *dst, uint64 srcva, uint64 nbytes)
{
  MUST(srcva == argv_va + pointers_read * 8 && pointers_read < MAXARG);
  MUST(nbytes == 8 && __CPROVER_w_ok(dst, nbytes));
  pointers_read++;
  last_pointer = nondet_u64();
  *(uint64 *)dst = last_pointer;
  return nondet_bool() ? 0 : -1;
}

int copyinstr(char *dst, uint64 srcva, uint64 max)
{
  MUST(srcva == last_pointer);
  MUST(dst == page + filled && max == PGSIZE - filled);
  int nbytes = nondet_int();
  ASSUME(nbytes >= -1 && nbytes < (int)max);
  if (pointers_read - 1 == probe)
    place = filled;
  filled += nbytes + 1;
  return nbytes;
}

void prove_fetch(void)
{
  char *argv[MAXARG];
  argv_va = nondet_u64();
  probe = any_below(MAXARG);
  bool good = fetch_arguments(argv_va, page, argv) == 0;
  uint64 argc = pointers_read - 1;
  MUST(filled <= PGSIZE && pointers_read <= MAXARG);
  MUST(!good || argv[argc] == NULL);
  MUST(!good || probe >= argc || argv[probe] == page + place);
  SOME_CASE(good && argc == 31 && filled == PGSIZE);
  SOME_CASE(good && argc == 0);
  SOME_CASE(good && argc == 30 && argv_va + argc * 8 == 80);
  SOME_CASE(!good && argc == 31 && last_pointer != 0);
}

size_t strlen(const char *s)
{
  MUST(measured < MAXARG && s == args[measured]);
  measured++;
  length = any_below(1UL << 48);
  too_long = length + 1 > lowest;
  return length;
}

void *memcpy(void *dst, const void *src, size_t nbytes)
{
  uint64 at = (char *)dst - page;
  MUST(__CPROVER_same_object(dst, page) && at <= lowest);
  MUST(nbytes <= lowest - at);
  if (copied < measured) {
    MUST(src == args[copied] && nbytes == length + 1);
    MUST(at + nbytes == lowest);
    if (copied == probe)
      place = at;
    copied++;
    lowest = at;
  } else {
    const uint64 *pointers = src;
    MUST(nbytes == (copied + 1) * 8 && __CPROVER_r_ok(src, nbytes));
    MUST(probe >= copied || pointers[probe] == stack + place);
    MUST(pointers[copied] == 0);
    table = at;
  }
  return dst;
}

void prove_put(void)
{
  uint64 sp;
  nargs = any_below(MAXARG + 1);
  for (uint i = 0; i < MAXARG; i++)
    args[i] = i < nargs ? &some[i] : NULL;
  stack = any_below(MAXVA / PGSIZE) * PGSIZE;
  probe = any_below(MAXARG);
  lowest = PGSIZE;

  int argc = put_arguments(page, stack, args, &sp);

  bool fits = nargs < MAXARG && !too_long && (nargs + 1) * 8 <= lowest;
  MUST(argc == (fits ? (int)nargs : -1));
  MUST(!fits || (measured == nargs && copied == nargs));
  MUST(!fits || (sp == stack + table && sp % 16 == 0));
  SOME_CASE(argc == 31 && table == 0);
  SOME_CASE(argc == 1 && lowest == 16);
  SOME_CASE(argc == 0);
  SOME_CASE(!fits && nargs == 2 && copied == 1);
}

int any_put(char *at, uint64 va, char *const argv[], uint64 *sp)
{
  MUST(at == page && va == stack && argv == args);
  *sp = nondet_u64();
  argc_of_stack = nondet_int();
  return argc_of_stack;
}

void *kalloc_zeroed(void)
{
  return no_page ? NULL : page;
}

void kfree(void *freed)
{
  MUST(freed == page && !no_page && !mapped && !is_freed);
  is_freed = true;
}

int aspace_map(struct aspace *as, uint64 va, void *at, uint64 perm)
{
  MUST(at == page && va == stack && va <= USYSCALL - PGSIZE);
  MUST(perm == (PTE_R | PTE_W));
  mapped = nondet_bool();
  return mapped ? 0 : -1;
}

void prove_stack(void)
{
  struct aspace *as = NULL;
  uint64 guard = nondet_u64(), sp;
  ASSUME(guard % PGSIZE == 0 && guard <= TOP);
  stack = guard + PGSIZE;
  no_page = nondet_bool();
  int argc = build_stack(as, args, guard, &sp);
  MUST((argc >= 0) == mapped && (mapped || no_page || is_freed));
  MUST(!mapped || argc == argc_of_stack);
  SOME_CASE(argc == 31 && guard == TOP);
  SOME_CASE(argc < 0 && argc_of_stack == 7);
}
