/* How all locks are watched. All locks of one name are one class, known by a
 * small number. Each hart counts for itself, in struct hart, how often locks of
 * a class are taken and waited for. Debug builds watch their order as well:
 * lock_order.c. */
#ifndef SYNC_LOCK_CLASS_H
#define SYNC_LOCK_CLASS_H

#include "lib/base.h"

#define LOCK_CLASSES 48 /* their numbers, but 0: none is known yet */

struct lock_count {
  uint64 tries; /* locks taken */
  uint64 spins; /* looks that found one held; of sleep locks, sleeps */
};

/* The number of the class of this name, which must last. Any context. */
uint lock_class(const char *name);
const char *lock_class_name(uint class);

/* The same, looked up once: *class is 0 until then. */
static inline uint lock_class_once(ushort *class, const char *name)
{
  if (*class == 0)
    __atomic_store_n(class, lock_class(name), __ATOMIC_RELAXED);
  return *class;
}

/* Write a line "lock NAME: tries N spins N" for each class that was ever
 * taken into text[0..room-1], cut to fit and closed with a NUL (room > 0):
 * most spins first, and of equal ones most tries. Returns the length. */
size_t lock_class_report(char *text, size_t room);

/* The rest is in debug builds only.
 *
 * owner, a hart for spinlocks and a thread for sleep locks, is about to take a
 * lock of this class at pc site. If that would close a cycle, or if another
 * lock of the class is held, all pairs of the cycle are printed, in a panic.
 * Held locks of class except do not count (0: all do), because the caller sees
 * to their order. */
void lock_order_take(const void *owner, uint class, uint64 site, uint except);

/* owner gives a lock of this class back. */
void lock_order_give(const void *owner, uint class);

#endif
