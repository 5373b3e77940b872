/* In which order locks are taken: debug builds learn it as they run. Whenever
 * a lock is taken while another is held, the pair of their classes is noted,
 * with both places. Invariant: the pairs, as arrows from the outer class to
 * the inner, form no cycle; so no harts or threads can wait for each other in
 * a circle. An order that may deadlock is found without a deadlock: it is
 * enough that each pair occurs once, at any time. */
#ifndef SYNC_LOCK_ORDER_H
#define SYNC_LOCK_ORDER_H

#include "lib/base.h"

/* owner, a hart for spinlocks and a thread for sleep locks, is about to take a
 * lock of this class at pc site. Notes it as held. False if that would close
 * a cycle, or if another lock of the class is held: all pairs of the cycle
 * have been printed, and the caller is to panic. */
bool lock_order_take(const void *owner, uint class, uint64 site);

/* The same, where the caller sees to the order of locks in this class. */
bool lock_order_take_another(const void *owner, uint class, uint64 site);

/* Notes a lock of this class as held that owner did not wait for: in what
 * order it came is no matter. */
void lock_order_took(const void *owner, uint class, uint64 site);

/* owner gives a lock of this class back. */
void lock_order_give(const void *owner, uint class);

#endif
