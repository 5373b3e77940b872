/* EXERCISE: the private kernel table of a process, with its mirror.
 *
 * A private table costs two pages: a root, and a level-1 page for the lowest
 * GiB. All else it shares with the global table, by pointing to the global
 * table's own pages:
 *
 *   root     slot 0: its own low level-1 page; slot 255, the top of the user's
 *            addresses: the user root's own word, by which TRAPFRAME and
 *            TRAMPOLINE are here, too; all others as the global
 *   low page slots 0..MIRROR_SLOTS-1: the mirror, word for word what the
 *            user table's low level-1 page holds; the others as the global
 *
 * Invariants: M, S and H of mm/aspace.h. */
#ifndef MM_KPAGETABLE_H
#define MM_KPAGETABLE_H

#include "kernel/memlayout.h"
#include "lib/base.h"

/* Slots of the low level-1 page that the mirror covers. */
#define MIRROR_SLOTS (USER_VA_STOP / SUPERPGSIZE)

/* The root slot that is the user's own in every private table (H). */
#define USER_TOP_SLOT PX(2, TRAMPOLINE)

#if defined(KPAGETABLE_SOURCE) && KPAGETABLE_EDITION != 3
#error                                                                         \
    "this kpagetable.c is of an earlier handout: kpagetable_create gets the \
user's root now, not its low page, and the two that follow it return nothing. \
Begin with the handout's own kpagetable.c"
#endif

/* Make the private table for the user table with this root, whose low level-1
 * page and slot 255 are there, and may be filled already. 0 with the root in
 * *root, or -1: out of memory, and nothing is taken. */
int kpagetable_create(pagetable_t user_root, pagetable_t *root);

/* Give its two pages back, and nothing that they point to. No hart's satp
 * may name it. */
void kpagetable_free(pagetable_t root);

/* Set slot (below MIRROR_SLOTS) of the user's low level-1 page and of the
 * private table's to word: the only place that writes a mirrored slot. The
 * caller flushes. */
void kpagetable_set_slot(pagetable_t user_low, pagetable_t root, int slot,
                         pte_t word);

/* The low level-1 page of a private table. */
pagetable_t kpagetable_low(pagetable_t root);

#endif
