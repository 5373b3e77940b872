/* The end of the kernel: only its own bugs get here. */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include "lib/base.h"

struct kframe;

/* Say what happened, with hart, pid, scause, sepc, stval and a backtrace with
 * function names, stop all harts; then end QEMU with a failure if
 * panic_set_exit(true) was called, else halt for gdb. Any context. A panic
 * inside a panic prints one line and halts. */
void panic(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* The same for a trap: prints the frame's registers as the place of the
 * fault, and backtraces from there. */
void panic_at(const struct kframe *frame, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Whether a panic powers the machine off with a failure (bootargs
 * panic=exit) or halts. */
void panic_set_exit(bool exits);

/* True once any hart has panicked: others stop when its IPI arrives. */
bool panicked(void);

/* Stop this hart for ever, interrupts off. Harts that receive the panic's
 * IPI end here. */
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

/* Supplied by a higher layer (proc/): the pid of the process that runs on this
 * hart, 0 if none. Takes no lock. */
int panic_pid(void);

/* Supplied by a higher layer (mm/): put this hart on the global kernel table,
 * in which the test finisher is. Safe in any state, also before there is a
 * table. */
void panic_use_global_table(void);

/* Supplied by a higher layer (boot/): end QEMU with this exit status (0..127;
 * more is cut to 127). The global kernel table, or none, must be loaded on this
 * hart. */
void power_off(int status) __attribute__((noreturn));

#endif
