/* What the proofs are written with. cbmc, which is a model checker for C, takes
 * the result of a function nondet_... for any value of its type, and looks at
 * all of them. docs/proofs.md tells what is proved and how. */
#ifndef PROVE_H
#define PROVE_H

#include "lib/base.h"

/* MUST: this holds, whatever came before. SOME_CASE: here it may hold; a proof
 * about no case at all would pass, too. Each has a run of its own. */
#ifdef CASES
#define MUST(condition) ((void)0)
#define SOME_CASE(condition) __CPROVER_assert(!(condition), "case " #condition)
#else
#define MUST(condition) __CPROVER_assert(condition, #condition)
#define SOME_CASE(condition) ((void)0)
#endif

/* In a loop's condition: what holds whenever the loop comes there is the
 * invariant. It must hold at the first time; and if it holds, whatever else the
 * variables are that the loop changes (`change` gives them any values), it must
 * hold after the next turn. So one turn stands for all. A proof enters the loop
 * once. */
#define ANY_TURN(change, invariant)                                            \
  ({                                                                           \
    static uint turns;                                                         \
    MUST(invariant);                                                           \
    ASSUME(turns++ == 0);                                                      \
    change;                                                                    \
    ASSUME(invariant);                                                         \
    true;                                                                      \
  })

/* Only the cases in which this holds are looked at. */
#define ASSUME(condition) __CPROVER_assume(condition)

uint64 nondet_u64(void);
uint nondet_uint(void);
int nondet_int(void);
bool nondet_bool(void);
char nondet_char(void);

static inline uint64 any_below(uint64 limit)
{
  uint64 value = nondet_u64();
  ASSUME(value < limit);
  return value;
}

#endif
