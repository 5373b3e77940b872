/* The rule for clean TLBs (kernel/mm/aspace_switch.c, and aspace.c on how memory
 * goes). A process changes its one page and moves from hart to hart; it
 * ends, and another gets the same ASIDs. In the kernel it runs on its private
 * table, in user mode on either table, as the mode is at that moment; both map
 * the page by one entry. A hart's TLB may take in what is in the entry whenever
 * the hart's satp names a table, under that table's ASID, keeps it when satp
 * changes, and may forget it at any time. No access goes by an old entry, and no
 * table is freed that a satp names.
 *
 * Broken:
 *   NO_FLUSH: taking a page away does not flush this hart
 *   FLUSHED_FIRST: it does so before the entry is changed
 *   OTHERS_KEPT: it does not empty the set of other clean harts
 *   USER_KEPT: it empties the set of one ASID of two
 *   LEAF_OF_ONE: a fence for one page is for one ASID of two
 *   NO_FLUSH_ON_ENTRY: a hart outside the set enters without a flush
 *   NO_FLUSH_ON_RETURN: so it returns to user mode on the user table
 *   SET_INHERITED: a new address space begins with the old one's sets
 *   FREED_EARLY: a table is freed before its last hart has left it
 */
#define HARTS 2
#define NONE 0

/* satp, and the views of which each has an ASID */
#define USER 0
#define KERNEL 1
#define GLOBAL 2

#define OF(view, hart) ((view) * HARTS + (hart))

byte entry;              /* the frame that the page is mapped to */
byte tlb[2 * HARTS];     /* the same as each hart knows it; NONE: it does not */
bool clean[2 * HARTS];
byte satp[HARTS] = GLOBAL;
bool on_hart = true;
bool zombie;
byte here;               /* the process's hart */

inline get_clean(view)
{
  if
  :: clean[OF(view, here)]
  :: else ->
    tlb[OF(view, here)] = NONE;
    clean[OF(view, here)] = true
  fi
}

inline empty_clean_sets()
{
  d_step {
    clean[OF(KERNEL, 0)] = false;
    clean[OF(KERNEL, 1)] = false;
#ifndef USER_KEPT
    clean[OF(USER, 0)] = false;
    clean[OF(USER, 1)] = false
#endif
  }
}

/* Change what the entry maps to, or take it away, in the kernel: by a flush of
 * all, which the user's view gets when it is used again. */
inline replace(frame)
{
#ifdef FLUSHED_FIRST
  tlb[OF(KERNEL, here)] = NONE;
#endif
  entry = frame;
#ifndef OTHERS_KEPT
  empty_clean_sets();
#endif
#if !defined(NO_FLUSH) && !defined(FLUSHED_FIRST)
  tlb[OF(KERNEL, here)] = NONE;
#endif
  clean[OF(KERNEL, here)] = true
}

/* The same by the fence for one page, in every ASID. */
inline replace_leaf(frame)
{
  entry = frame;
  d_step {
    tlb[OF(KERNEL, here)] = NONE;
#ifndef LEAF_OF_ONE
    tlb[OF(USER, here)] = NONE
#endif
  }
  d_step {
    clean[OF(KERNEL, 1 - here)] = false;
    clean[OF(USER, 1 - here)] = false
  }
}

inline choose_hart()
{
  if
  :: here = 0
  :: here = 1
  fi
}

inline enter()
{
#ifndef NO_FLUSH_ON_ENTRY
  get_clean(KERNEL);
#endif
  satp[here] = KERNEL
}

inline leave()
{
  satp[here] = GLOBAL
}

inline access(view)
{
  assert(tlb[OF(view, here)] == NONE || tlb[OF(view, here)] == entry)
}

/* To user mode on the user table and back. */
inline visit_user_table()
{
#ifndef NO_FLUSH_ON_RETURN
  get_clean(USER);
#endif
  satp[here] = USER;
  access(USER);
  satp[here] = KERNEL
}

/* Done by whoever reaps. */
inline free_table()
{
#ifndef FREED_EARLY
  !on_hart;
#endif
  assert(satp[0] == GLOBAL && satp[1] == GLOBAL);
  entry = NONE
}

active proctype process()
{
  enter();
  do
  :: access(KERNEL)
  :: true -> visit_user_table() /* its else is not for all of these */
  :: entry == NONE -> entry = 1
  :: entry != NONE -> replace(NONE)
  :: entry != NONE -> replace_leaf(3 - entry)
  :: leave(); choose_hart(); enter()
  :: /* the end; and another begins */
    zombie = true;
    leave();
    on_hart = false;
    !zombie;
    on_hart = true;
    choose_hart();
    enter()
  od
}

active proctype reaper()
{
end:
  do
  :: zombie ->
    free_table();
#ifndef SET_INHERITED
    empty_clean_sets();
#endif
    zombie = false
  od
}

active [HARTS] proctype hardware()
{
  byte self = _pid - 2; /* after process and reaper */

  do
  :: atomic {
       satp[self] != GLOBAL && entry != NONE ->
       tlb[OF(satp[self], self)] = entry
     }
  :: tlb[OF(USER, self)] = NONE
  :: tlb[OF(KERNEL, self)] = NONE
  od
}
