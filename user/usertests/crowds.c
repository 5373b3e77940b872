/* Several processes at work in one directory. */
#include "usertests.h"

#define CHILDREN 4

static const uint64 letters[CHILDREN] = {'p', 'q', 'r', 's'};

static const char *letter_name(char *name, uint64 letter, uint number)
{
  const char stem[] = {(char)letter, '\0'};

  return numbered(name, stem, number);
}

static void spawn_all(child_body body)
{
  for (int i = 0; i < CHILDREN; i++)
    must_spawn(body, letters[i]);
}

#define LARGE (12 * 500)

static void write_large(uint64 letter)
{
  char name[DIRSIZ + 1];

  write_file(letter_name(name, letter, 0), LARGE, (uint)letter);
}

/* Files that grow at the same time do not mix. */
void test_fourfiles(void)
{
  char name[DIRSIZ + 1];

  spawn_all(write_large);
  must_all_pass(CHILDREN);
  for (int i = 0; i < CHILDREN; i++)
    check_file(letter_name(name, letters[i], 0), LARGE, (uint)letters[i]);
}

#define FILES 20

/* Every second file is removed again, by another name's time. */
static void create_and_delete(uint64 letter)
{
  char name[DIRSIZ + 1];

  for (int i = 0; i < FILES; i++) {
    must_make_empty(letter_name(name, letter, i));
    if (i % 2 == 1)
      must_unlink(letter_name(name, letter, i / 2));
  }
}

static void delete_rest(uint64 letter)
{
  char name[DIRSIZ + 1];

  for (int i = FILES / 2; i < FILES; i++)
    must_unlink(letter_name(name, letter, i));
}

void test_createdelete(void)
{
  char name[DIRSIZ + 1];

  spawn_all(create_and_delete);
  must_all_pass(CHILDREN);
  for (int i = 0; i < FILES; i++) {
    for (int c = 0; c < CHILDREN; c++)
      MUST_EQ(exists(letter_name(name, letters[c], i)), i >= FILES / 2);
  }
  spawn_all(delete_rest);
  must_all_pass(CHILDREN);
}

/* How many entries of the directory have names that begin with this letter;
 * each must be a number below n, and be there once. */
static int count_entries(char letter, int n)
{
  char seen[64];
  struct dirent entry;
  int fd = must_open(".", O_RDONLY), count = 0;

  MUST(n <= COUNT_OF(seen));
  memset(seen, 0, sizeof(seen));
  while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
    int number;

    if (entry.inum == 0 || entry.name[0] != letter)
      continue;
    number = atoi(entry.name + 1);
    MUST(number >= 0 && number < n && !seen[number]);
    seen[number] = 1;
    count++;
  }
  must_close(fd);
  return count;
}

#define ROUNDS 40

static void link_to_first(uint64 round)
{
  char name[DIRSIZ + 1];

  link("C0", letter_name(name, 'C', (uint)round));
}

static void create_one(uint64 round)
{
  char name[DIRSIZ + 1];

  must_make_empty(letter_name(name, 'C', (uint)round));
}

static void open_and_unlink(uint64 round)
{
  char name[DIRSIZ + 1];

  for (int i = 0; i < 3; i++)
    exists(letter_name(name, 'C', (uint)round));
  unlink(name);
  unlink(name);
}

/* Two processes at a time make the same entry, then remove it. */
void test_concreate(void)
{
  create_one(0);
  for (int round = 1; round < ROUNDS; round++) {
    must_spawn(round % 3 ? create_one : link_to_first, round);
    must_spawn(create_one, round);
    must_all_pass(2);
  }
  MUST_EQ(count_entries('C', ROUNDS), ROUNDS);
  for (int round = 0; round < ROUNDS; round++) {
    must_spawn(open_and_unlink, round);
    must_spawn(open_and_unlink, round);
    must_all_pass(2);
  }
  MUST_EQ(count_entries('C', ROUNDS), 0);
}

/* The next of a series of numbers without visible order (an additive step
 * through the multiples of an odd number). */
static uint next_random(uint *state)
{
  *state += 0x9E3779B9;
  return *state * 0x85EBCA6B >> 16;
}

static void link_and_unlink(uint64 letter)
{
  uint state = (uint)letter;

  for (int i = 0; i < 100; i++) {
    switch (next_random(&state) % 3) {
    case 0:
      must_close(must_open("x", O_RDWR | O_CREATE));
      break;
    case 1:
      link("/cat", "x");
      break;
    default:
      unlink("x");
    }
  }
}

void test_linkunlink(void)
{
  struct stat before, after;

  MUST_EQ(stat("/cat", &before), 0);
  spawn_all(link_and_unlink);
  must_all_pass(CHILDREN);
  unlink("x");
  MUST_EQ(stat("/cat", &after), 0);
  MUST_EQ(after.nlink, before.nlink);
}

static void write_and_remove(uint64 letter)
{
  char name[DIRSIZ + 1];

  letter_name(name, letter, 0);
  for (int i = 0; i < 30; i++) {
    write_file(name, 8 * BSIZE, (uint)letter);
    must_unlink(name);
  }
}

/* Blocks freed by one and taken by another, until the log must have wrapped
 * many times. */
void test_manywrites(void)
{
  spawn_all(write_and_remove);
  must_all_pass(CHILDREN);
}
