/* Classes of locks by name, and the report of their counters. */
#include "sync/lock_class.h"
#include <string.h>
#include "arch/hart.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

static char text[4096];

static void count(int hart, const char *name, uint64 tries, uint64 spins)
{
  struct lock_count *count = &harts[hart].lock_count[lock_class(name)];
  count->tries += tries;
  count->spins += spins;
}

static void forget_counts(void)
{
  for (int i = 0; i < NCPU; i++)
    memset(harts[i].lock_count, 0, sizeof(harts[i].lock_count));
  nharts = NCPU;
}

static void a_name_is_a_class(void)
{
  char other[] = "one";
  uint one = lock_class("one"), two = lock_class("two");
  CHECK(one > 0 && two > 0 && one != two);
  CHECK_EQ(lock_class(other), one);
}

static void harts_are_summed_up(void)
{
  forget_counts();
  count(0, "one", 3, 1);
  count(NCPU - 1, "one", 4, 2);
  CHECK_EQ(lock_class_report(text, sizeof(text)), strlen(text));
  CHECK(strcmp(text, "lock one: tries 7 spins 3\n") == 0);
}

static void the_busiest_come_first(void)
{
  forget_counts();
  count(0, "many tries", 100, 0);
  count(0, "one", 5, 2);
  count(0, "two", 6, 2);
  count(0, "many spins", 1, 3);
  lock_class_report(text, sizeof(text));
  CHECK(strcmp(text, "lock many spins: tries 1 spins 3\n"
                     "lock two: tries 6 spins 2\n"
                     "lock one: tries 5 spins 2\n"
                     "lock many tries: tries 100 spins 0\n") == 0);
}

static void it_is_cut_to_fit(void)
{
  char whole[sizeof(text)];
  size_t length = lock_class_report(whole, sizeof(whole));
  for (size_t room = 1; room <= length + 1; room++) {
    memset(text, 'x', sizeof(text));
    CHECK_EQ(lock_class_report(text, room), room - 1);
    CHECK(memcmp(text, whole, room - 1) == 0);
    CHECK(text[room - 1] == '\0' && text[room] == 'x');
  }
}

static void one_class_more(void)
{
  lock_class("one more");
}

static void there_is_room_for_all(void)
{
  static char names[LOCK_CLASSES][8];
  uint first = lock_class("last known") + 1;
  for (uint class = first; class < LOCK_CLASSES; class ++) {
    snprintf(names[class], sizeof(names[class]), "class%u", class);
    CHECK_EQ(lock_class(names[class]), class);
  }
  CHECK_EQ(lock_class("one"), 1);
  CHECK(host_panics(one_class_more));
  CHECK(strstr(printed(), "lock one more: too many classes"));
}

int main(void)
{
  RUN(a_name_is_a_class);
  RUN(harts_are_summed_up);
  RUN(the_busiest_come_first);
  RUN(it_is_cut_to_fit);
  RUN(there_is_room_for_all);
  return check_result();
}
