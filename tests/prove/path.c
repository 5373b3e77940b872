/* The parser of paths, kernel/fs/dir.c, on any string. Its NUL is the last byte
 * that may be read.
 *
 *   prove_next_name: bound 15
 *     next_name() takes the slashes, the next element and the slashes behind it
 *     off the path, and no NUL; the name is the element, cut to DIRSIZ bytes,
 *     with zeros behind it
 *
 *   loop SLASHES of fs/dir.c: *at == '/'
 *   loop ELEMENT of fs/dir.c: *at != '/' && *at != '\0'; at++
 */
#include "tests/prove/prove.h"

/* Of the string, any one byte is looked at, number `probe`; and of the name
 * number `index`. The parts begin and end at: */
static char *string;
static uint64 string_size, probe, element, element_end;
static uint index;
static enum {
  BEFORE,
  INSIDE,
  BEHIND
} part;

#define AT ((uint64)(at - string))

static uint64 any_from(uint64 first)
{
  uint64 index = any_below(string_size);
  ASSUME(index >= first);
  return index;
}

/* A loop comes to the next part, and notes where that begins. */
#define COMES_FROM(before, place)                                              \
  ({                                                                           \
    if (part == (before)) {                                                    \
      part++;                                                                  \
      place = AT;                                                              \
    }                                                                          \
    true;                                                                      \
  })

#define SLASHES                                                                \
  COMES_FROM(INSIDE, element_end) &&                                           \
      ANY_TURN(at = string + any_from(element_end),                            \
               AT < string_size && (probe < element_end || probe >= AT ||      \
                                    string[probe] == '/'))

#define ELEMENT                                                                \
  COMES_FROM(BEFORE, element) &&                                               \
      ANY_TURN(change_name(name, &length, &at),                                \
               AT >= element && AT < string_size &&                            \
                   length == min_u64(AT - element, DIRSIZ) &&                  \
                   (probe < element || probe >= AT ||                          \
                    (string[probe] != '/' && string[probe] != '\0')) &&        \
                   name->entry.inum == 0 &&                                    \
                   name->entry.name[index] ==                                  \
                       (index < length ? string[element + index] : '\0'))

union name;
static void change_name(union name *name, uint *length, const char **at);

#include "fs/dir.c"

union name nondet_name(void);

static void change_name(union name *name, uint *length, const char **at)
{
  *name = nondet_name();
  *length = nondet_uint();
  *at = string + any_from(element);
}

void prove_next_name(void)
{
  string_size = 1 + any_below(1UL << 48);
  string = __CPROVER_allocate(string_size, false);
  string[string_size - 1] = '\0';
  bool to_parent = nondet_bool();
  const char *at = string;
  union name name;
  probe = any_below(string_size);
  index = any_below(DIRSIZ);

  bool good = next_name(&at, to_parent, &name);

  MUST(element <= element_end && element_end <= AT && AT < string_size);
  MUST(string[probe] == '/' || probe >= element);
  MUST((string[probe] != '/' && string[probe] != '\0') || probe < element ||
       probe >= element_end);
  MUST(string[probe] == '/' || probe < element_end || probe >= AT);
  MUST(string[element] != '/' && string[AT] != '/');
  MUST(string[element_end] == '/' || string[element_end] == '\0');
  MUST(good == (element < element_end && (!to_parent || string[AT] != '\0')));
  MUST(name.entry.inum == 0);
  MUST(name.entry.name[index] ==
       (index < element_end - element ? string[element + index] : '\0'));
  SOME_CASE(good && to_parent && element == 0 && element_end == 125);
  SOME_CASE(good && element == 20 && element_end == 24 && AT == 40);
  SOME_CASE(!good && element == 127 && string_size == 128);
}
