/* What builds for tests have beside the product: conf/debug.c in those with
 * DEBUG=1, conf/latency.c in those with LATENCY=1. They are linked where a call
 * is left behind `if (DEBUG)` or `if (LATENCY)`. */
#ifndef LIB_DEBUG_H
#define LIB_DEBUG_H

#include "lib/base.h"

/* Whether the allocation or reservation of pages that has begun is to fail. */
bool page_must_fail(void);

/* A place to give way at random: a thread, interrupts on, no spinlock held. */
void chance_yield(void);

/* Obey the words of the boot arguments; or one that was written to `counters`:
 * 0, or -1 if it is none. */
void debug_boot(const char *bootargs);
int debug_command(const char *word);

/* A section with interrupts off begins, at pc or, if that is 0, at the caller;
 * and it ends at the caller. */
void latency_begin(uint64 pc);
void latency_end(void);

/* Lines for `counters`, as format_text. */
size_t debug_report(char *text, size_t room);
size_t latency_report(char *text, size_t room);

/* For tests: let the n-th allocation or reservation of pages from here on fail
 * (1: the next one, 0: none), and no other; what is left of n, 0 afterwards. */
void page_fail_nth(uint64 n);
uint64 page_fail_pending(void);

#endif
