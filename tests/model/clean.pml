/* The rule for clean TLBs (kernel/mm/aspace_switch.c, and aspace.h on taking a
 * page away). A process changes its one page and moves from hart to hart; it
 * ends, and another gets the same table. A hart's TLB may take in what is in
 * the table whenever the hart's satp names it, keeps it when satp changes (as
 * with ASIDs), and may forget it at any time. No access goes by an old entry,
 * and no table is freed that a satp names.
 *
 * Broken:
 *   NO_FLUSH: taking a page away does not flush this hart
 *   FLUSHED_FIRST: it does so before the entry is changed
 *   OTHERS_KEPT: it does not empty the set of other clean harts
 *   NO_FLUSH_ON_ENTRY: a hart outside the set enters without a flush
 *   SET_INHERITED: a new address space begins with the old one's set
 *   FREED_EARLY: a table is freed before its last hart has left it
 */
#define HARTS 3
#define NONE 0

byte entry;            /* the frame that the page is mapped to */
byte tlb[HARTS];       /* the same as each hart knows it; NONE: it does not */
bool satp[HARTS];      /* it names the table */
bool clean[HARTS];
bool on_hart = true;
bool zombie;
byte here;             /* the process's hart */

inline flush(which)
{
  tlb[which] = NONE
}

inline empty_clean_set()
{
  d_step {
    clean[0] = false;
    clean[1] = false;
    clean[2] = false
  }
}

/* Change what the entry maps to, or take it away. */
inline replace(frame)
{
#ifdef FLUSHED_FIRST
  flush(here);
#endif
  entry = frame;
#if !defined(NO_FLUSH) && !defined(FLUSHED_FIRST)
  flush(here);
#endif
#ifndef OTHERS_KEPT
  empty_clean_set();
  clean[here] = true
#endif
}

inline choose_hart()
{
  if
  :: here = 0
  :: here = 1
  :: here = 2
  fi
}

inline enter()
{
  satp[here] = true;
#ifndef NO_FLUSH_ON_ENTRY
  if
  :: clean[here]
  :: else -> flush(here)
  fi;
#endif
  clean[here] = true
}

inline leave()
{
  satp[here] = false
}

/* Done by whoever reaps. */
inline free_table()
{
#ifndef FREED_EARLY
  !on_hart;
#endif
  assert(!satp[0] && !satp[1] && !satp[2]);
  entry = NONE
}

active proctype process()
{
  enter();
  do
  :: assert(tlb[here] == NONE || tlb[here] == entry)
  :: entry == NONE -> entry = 1
  :: entry != NONE -> replace(NONE)
  :: entry != NONE -> replace(3 - entry)
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
    empty_clean_set();
#endif
    zombie = false
  od
}

active [HARTS] proctype hardware()
{
  byte self = _pid - 2; /* after process and reaper */

  do
  :: atomic { satp[self] && entry != NONE -> tlb[self] = entry }
  :: tlb[self] = NONE
  od
}
