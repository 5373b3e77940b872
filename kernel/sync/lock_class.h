/* Classes of locks: all locks of one name are one class, known by a small
 * number. How often the locks of a class are taken, and how often a taker
 * found one held, is counted by each hart for itself, in struct hart. */
#ifndef SYNC_LOCK_CLASS_H
#define SYNC_LOCK_CLASS_H

#include "lib/base.h"

/* Numbers are 1 to LOCK_CLASSES - 1; 0 says that none is known yet. */
#define LOCK_CLASSES 48

struct lock_count {
  uint64 tries; /* locks taken */
  uint64 spins; /* looks that found one held; of sleep locks, sleeps */
};

/* The number of the class of this name, which must last; a new one if the
 * name is new. Any context. */
uint lock_class(const char *name);

/* The name of a class that there is. */
const char *lock_class_name(uint class);

/* Write a line "lock NAME: tries N spins N" for each class that was ever
 * taken into text[0..room-1], cut to fit and closed with a NUL (room > 0):
 * most spins first, and of equal ones most tries. Returns the length of what
 * is there. Harts go on counting meanwhile. One caller at a time. */
size_t lock_class_report(char *text, size_t room);

#endif
