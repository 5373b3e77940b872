/* The order of locks: what is learnt, what is reported, and how. */
#include "sync/lock_class.h"
#include <string.h>
#include "lib/panic.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

/* Places look like functions of one letter, at multiples of this. */
#define PLACE 0x100

static int owner, other; /* stand for harts or threads */

const char *symbol_find(uint64 address, uint64 *offset)
{
  static char names[128][2];
  char *name = names[address / PLACE];
  *offset = address % PLACE;
  name[0] = (char)(address / PLACE);
  return name;
}

/* What the next take_it is to do. */
static struct {
  const void *who;
  uint class, except;
  uint64 site;
} it;

static void take_it(void)
{
  lock_order_take(it.who, it.class, it.site, it.except);
}

/* Whether the lock could be taken. If not, it is not held. */
static bool take_except(const void *who, const char *name, char place,
                        uint except)
{
  it.who = who;
  it.class = lock_class(name);
  it.except = except;
  it.site = place * PLACE + 1;
  return !host_panics(take_it);
}

static bool take(const void *who, const char *name, char place)
{
  return take_except(who, name, place, 0);
}

static void give(const void *who, const char *name)
{
  lock_order_give(who, lock_class(name));
}

/* One lock and then the other, by one owner, both given back. */
static bool nest(const char *outer, const char *inner)
{
  CHECK(take(&owner, outer, 'o'));
  bool ordered = take(&owner, inner, 'i');
  if (ordered)
    give(&owner, inner);
  give(&owner, outer);
  return ordered;
}

static void one_order_is_well(void)
{
  CHECK(nest("a1", "a2"));
  CHECK(nest("a2", "a3"));
  CHECK(nest("a1", "a3"));
  CHECK(nest("a1", "a2"));
  CHECK(strlen(printed()) == 0);
}

static void an_inversion_is_reported(void)
{
  CHECK(take(&owner, "b1", 'p') && take(&owner, "b2", 'q'));
  give(&owner, "b2");
  give(&owner, "b1");
  printed_clear();
  CHECK(take(&other, "b2", 'r'));
  CHECK(!take(&other, "b1", 's'));
  CHECK(strcmp(printed(), "lock order: b2, in r+0x1, then b1, in s+0x1\n"
                          "lock order: b1, in p+0x1, then b2, in q+0x1\n"
                          "lock b1 taken against the order of locks") == 0);
  give(&other, "b2");
}

static void all_pairs_of_a_cycle_are_reported(void)
{
  CHECK(nest("c1", "c2") && nest("c2", "c3") && nest("c3", "c4"));
  CHECK(nest("c2", "c9") && nest("c9", "c3"));
  printed_clear();
  CHECK(!nest("c4", "c1"));
  CHECK(strcmp(printed(), "lock order: c4, in o+0x1, then c1, in i+0x1\n"
                          "lock order: c3, in o+0x1, then c4, in i+0x1\n"
                          "lock order: c2, in o+0x1, then c3, in i+0x1\n"
                          "lock order: c1, in o+0x1, then c2, in i+0x1\n"
                          "lock c1 taken against the order of locks") == 0);
}

static void an_inversion_is_not_learnt(void)
{
  CHECK(nest("d1", "d2"));
  CHECK(!nest("d2", "d1"));
  CHECK(nest("d1", "d2"));
  CHECK(!nest("d2", "d1"));
}

static void the_lock_that_is_given_back_goes(void)
{
  CHECK(take(&owner, "e1", 'p') && take(&owner, "e2", 'q'));
  give(&owner, "e1");
  CHECK(take(&owner, "e3", 'r'));
  give(&owner, "e3");
  give(&owner, "e2");
  CHECK(!nest("e3", "e2"));
}

static void owners_are_told_apart(void)
{
  CHECK(take(&owner, "f1", 'p'));
  CHECK(take(&other, "f2", 'q'));
  give(&other, "f2");
  give(&owner, "f1");
  CHECK(nest("f2", "f1"));
}

static void two_of_a_class_need_leave(void)
{
  printed_clear();
  CHECK(!nest("g1", "g1"));
  CHECK(strstr(printed(), "lock order: g1, in"));

  CHECK(take(&owner, "g2", 'p') && take(&owner, "g3", 'q'));
  uint g2 = lock_class("g2"), g3 = lock_class("g3");
  CHECK(take_except(&owner, "g3", 'r', g3));
  CHECK(!take_except(&owner, "g2", 's', g2));
  give(&owner, "g3");
  give(&owner, "g3");
  give(&owner, "g2");
  CHECK(!nest("g3", "g3"));
}

int main(void)
{
  RUN(one_order_is_well);
  RUN(an_inversion_is_reported);
  RUN(all_pairs_of_a_cycle_are_reported);
  RUN(an_inversion_is_not_learnt);
  RUN(the_lock_that_is_given_back_goes);
  RUN(owners_are_told_apart);
  RUN(two_of_a_class_need_leave);
  return check_result();
}
