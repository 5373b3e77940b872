/* The end of the kernel, by its own bugs, and the checks that find them. */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include "lib/base.h"

struct kframe;

/* Say what happened, with hart, pid, scause, sepc, stval and a backtrace, stop
 * the other harts; then end QEMU with a failure, or halt for gdb. Any context.
 * A panic inside a panic prints one line and ends likewise.
 *
 * The others are stopped by an IPI, or when they want to print or panic
 * themselves. One that spins with interrupts off does not take the IPI, and so
 * goes on spinning: there is no way to stop it from here. */
void panic(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* The same for a trap that must not be: prints the frame's registers as the
 * place of the fault, and backtraces from there. */
void panic_at(const struct kframe *frame, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Whether a panic powers the machine off with a failure (bootargs
 * panic=exit) or halts. Set at boot. */
extern bool panic_exits;

/* Whether any hart has panicked: who receives an IPI looks, and stops. */
bool panicked(void);

/* Stop this hart for ever, interrupts off. */
void panic_stop(void) __attribute__((noreturn));

/* Checks of the kernel itself: no side effects in the condition. */
#define assert(condition)                                                      \
  ((condition) ? (void)0                                                       \
               : panic("%s:%d: not true: %s", __FILE__, __LINE__, #condition))

/* The same, printing the two values that should compare so. */
#define assert_cmp(a, op, b)                                                   \
  do {                                                                         \
    uint64 assert_a_ = (uint64)(a), assert_b_ = (uint64)(b);                   \
    if (!(assert_a_ op assert_b_))                                             \
      panic("%s:%d: not true: %s %s %s (0x%lx, 0x%lx)", __FILE__, __LINE__,    \
            #a, #op, #b, assert_a_, assert_b_);                                \
  } while (0)

/* For hot paths: checked in debug builds only. */
#define debug_assert(condition)                                                \
  do {                                                                         \
    if (DEBUG)                                                                 \
      assert(condition);                                                       \
  } while (0)

/* The names of the kernel's functions, sorted by address; one without a name is
 * the end. The kernel is linked twice: first with an empty table, then with the
 * one that conf/symbols makes of the first link's symbols. */
struct symbol {
  uint64 address;
  const char *name;
};
extern const struct symbol symbol_table[];

/* The function that holds address, and address's offset in it. NULL if address
 * is not in kernel text or there is no table. */
const char *symbol_find(uint64 address, uint64 *offset);

/* Supplied by a higher layer (proc/proc.c): the pid of the process that runs
 * on this hart, 0 if none. Takes no lock. */
int panic_pid(void);

/* Supplied by a higher layer (boot/main.c): end QEMU with this status. */
void power_off(int status) __attribute__((noreturn));

#endif
