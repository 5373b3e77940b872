/* The device tree's reader, kernel/lib/fdt.c, on any bytes. A tree has at most
 * 1 MiB, which is what kernel/boot/main.c allows; the reader is told how many
 * bytes it may look at, and there are no more.
 *
 *   prove_cut: bound 9
 *     cut(), cut_padded() and cut_number() take just what they are asked for
 *     off the front of any run in the tree, or nothing; no size wraps
 *   prove_string_size: bound 2
 *     string_size() finds the first NUL of any run, and looks no further
 *   prove_next: bound 5, any_string_size for string_size
 *     next() goes on by a cell at least; then a name is a string in the tree, a
 *     value lies in it, and so does what is left
 *   prove_find_property: bound 2, any_next for next
 *     find_property() gives a value of the tree, or nothing
 *   prove_cut_range: bound 4, any_find for find_property,
 *       any_cut_number for cut_number
 *     cut_range() takes a range that does not wrap, or refuses it
 *   prove_structure: bound 4, any_next for next, any_node for read_node
 *     read_structure() gives read_node() open nodes alone, none of them deeper
 *     than DEPTH, each with a rest of the tree
 *   prove_reservations: bound 9
 *     read_reservations() looks at the block alone, and notes no more ranges
 *     than there is room for
 *   prove_read: bound 11, any_reservations for read_reservations,
 *       any_structure for read_structure
 *     fdt_read() looks at the header if there is room for one, and hands on
 *     only blocks that lie in the tree
 *
 *   loop STRING of lib/fdt.c: size <= bytes.length && bytes.at[size - 1] != 0)
 *   loop NOPS of lib/fdt.c: place->token == NOP)
 *   loop PROPERTIES of lib/fdt.c: next(&place) && place.token == PROPERTY)
 *   loop NODES of lib/fdt.c: depth > 0);
 *   loop PAIRS of lib/fdt.c: cut_number(&block, 2, &start)
 */
#include "tests/prove/prove.h"

#define LIMIT (1UL << 20)

static const uchar *tree;
static uint64 tree_size, probe;

#define STRING                                                                 \
  ANY_TURN(size = nondet_u64(),                                                \
           size >= 1 && size <= bytes.length + 1 &&                            \
               (probe >= size - 1 || bytes.at[probe] != 0))
#define NOPS                                                                   \
  ANY_TURN((place->structure = any_run(), place->token = nondet_u64()),        \
           is_rest(place->structure))
#define PROPERTIES                                                             \
  ANY_TURN(place.structure = any_run(), is_inside(place.structure))
#define PAIRS                                                                  \
  ANY_TURN((block = any_run(), *machine = nondet_machine()),                   \
           is_inside(block) && is_sound(machine))
#define NODES                                                                  \
  ANY_TURN((depth = nondet_uint(), place.structure = any_run(),                \
            path[0] = any_place(), path[1] = any_place(),                      \
            path[2] = any_place()),                                            \
           are_inside(&place, 1) && are_inside(path, min_u64(depth, DEPTH)) && \
               depth * 4UL + place.structure.length <= tree_size)

struct bytes;
struct machine;
struct place;
static struct bytes any_run(void);
static struct place any_place(void);
static bool is_inside(struct bytes run);
static bool is_rest(struct bytes run);
static bool is_sound(const struct machine *machine);
static bool are_inside(const struct place *places, uint64 count);
struct machine nondet_machine(void);

#include "lib/fdt.c"

static void any_tree(void)
{
  tree_size = any_below(LIMIT + 1);
  tree = __CPROVER_allocate(tree_size, false);
  probe = nondet_u64();
}

static bool is_inside(struct bytes run)
{
  uint64 start = __CPROVER_POINTER_OFFSET(run.at);
  return __CPROVER_same_object(run.at, tree) && start <= LIMIT &&
         run.length <= LIMIT && (uint)start + (uint)run.length <= tree_size;
}

static struct bytes any_run(void)
{
  struct bytes run = {tree + any_below(LIMIT + 1), nondet_u64()};
  ASSUME(is_inside(run));
  return run;
}

void prove_cut(void)
{
  any_tree();
  struct bytes before = any_run(), run = before;
  uint64 size = nondet_u64(), value, padded = size;
  uint how = any_below(3);
  bool good;
  if (how == 0) {
    good = cut(&run, size) == before.at;
  } else if (how == 1) {
    ASSUME(size <= 0xFFFFFFFF); /* a cell, or the size of a string */
    padded = (size + 3) / 4 * 4;
    good = cut_padded(&run, size) == before.at;
  } else {
    good = cut_number(&run, size, &value);
    padded = size * 4;
    MUST(!good || size <= 2);
    MUST(good || value == 0);
  }
  MUST(is_inside(run));
  MUST(!good || padded <= before.length);
  MUST(run.length == before.length - (good ? padded : 0));
  MUST(run.at == before.at + (good ? padded : 0));
  SOME_CASE(good && how == 0 && size == LIMIT);
  SOME_CASE(good && how == 1 && size % 4 == 1);
  SOME_CASE(good && how == 2 && value == ~0UL);
  SOME_CASE(!good && size > ~3UL);
}

void prove_string_size(void)
{
  any_tree();
  struct bytes run = any_run();
  uint64 size = string_size(run);
  MUST(size >= 1 && size <= run.length + 1);
  MUST(probe >= size - 1 || run.at[probe] != 0);
  MUST(size > run.length || run.at[size - 1] == 0);
  SOME_CASE(size == 1000);
  SOME_CASE(size == LIMIT + 1);
}

/* The last run that was asked for its string. */
static struct bytes string;
static uint64 string_bytes;

uint64 any_string_size(struct bytes bytes)
{
  MUST(is_inside(bytes));
  string = bytes;
  string_bytes = 1 + any_below(bytes.length + 1);
  ASSUME(string_bytes > bytes.length || bytes.at[string_bytes - 1] == 0);
  return string_bytes;
}

/* Whether that is the string, and it has an end. */
static bool is_string(const void *at)
{
  return at == string.at && string_bytes <= string.length;
}

static struct bytes whole; /* where next() begins */

static bool is_rest(struct bytes run)
{
  return is_inside(run) && run.length + 4 <= whole.length &&
         run.at + run.length == whole.at + whole.length;
}

static struct place any_place(void)
{
  return (struct place){.structure = any_run(),
                        .strings = any_run(),
                        .token = nondet_u64(),
                        .name = (const char *)tree + any_below(tree_size + 1),
                        .value = any_run()};
}

static bool are_inside(const struct place *places, uint64 count)
{
  for (uint i = 0; i < DEPTH; i++) {
    if (i < count &&
        (!is_inside(places[i].structure) || !is_inside(places[i].strings) ||
         !__CPROVER_same_object(places[i].name, tree)))
      return false;
  }
  return true;
}

void prove_next(void)
{
  any_tree();
  struct place place = any_place();
  whole = place.structure;
  bool good = next(&place);
  bool is_node = place.token == BEGIN_NODE, is_value = place.token == PROPERTY;
  MUST(is_inside(place.structure));
  MUST(!good || is_rest(place.structure));
  MUST(!good || is_node || is_value || place.token == END_NODE ||
       place.token == END);
  MUST(!good || !(is_node || is_value) || is_string(place.name));
  MUST(!good || !is_value || is_inside(place.value));
  SOME_CASE(good && is_node && string_bytes == 9);
  SOME_CASE(good && is_value && place.value.length == 13);
  SOME_CASE(good && place.token == END && place.structure.length == 0);
  SOME_CASE(!good && is_value && place.value.length == 0xFFFFFFFF);
}

static const char *name_given;

bool any_next(struct place *place)
{
  MUST(is_inside(place->structure) && is_inside(place->strings));
  uint64 size = place->structure.length, offset = any_below(size + 1);
  place->structure.at += offset;
  place->structure.length -= offset;
  place->token = nondet_u64();
  place->name = name_given = (const char *)tree + any_below(tree_size + 1);
  place->value = any_run();
  return offset >= 4 && nondet_bool();
}

int strcmp(const char *a, const char *b)
{
  MUST(a == name_given && b[0] != '\0');
  return nondet_int();
}

void prove_find_property(void)
{
  any_tree();
  const struct place node = any_place();
  struct bytes value = find_property(&node, "reg");
  MUST(value.at == NULL ? value.length == 0 : is_inside(value));
  SOME_CASE(value.at == NULL);
  SOME_CASE(value.at != NULL && value.length == LIMIT - 4);
}

struct bytes any_find(const struct place *node, const char *name)
{
  MUST(is_inside(node->structure) && is_inside(node->strings));
  MUST(name[0] != '\0');
  return nondet_bool() ? any_run() : (struct bytes){0};
}

/* What is left is any run of its length. */
static void shorten(struct bytes *bytes, uint64 nbytes)
{
  struct bytes rest = any_run();
  ASSUME(rest.length + nbytes == bytes->length);
  *bytes = rest;
}

bool any_cut_number(struct bytes *bytes, uint64 cells, uint64 *value)
{
  MUST(is_inside(*bytes));
  bool good = cells <= 2 && bytes->length >= cells * 4;
  *value = good && cells > 0 ? nondet_u64() : 0;
  if (good)
    shorten(bytes, cells * 4);
  return good;
}

void prove_cut_range(void)
{
  any_tree();
  struct bytes before = any_run(), reg = before;
  struct place parent = any_place();
  uint64 start, size;
  bool good = cut_range(&reg, &parent, &start, &size);
  MUST(is_inside(reg) && reg.length <= before.length);
  MUST(!good || reg.length < before.length);
  MUST(!good || (unsigned __int128)start + size <= ~0UL);
  SOME_CASE(good && start == 0x80000000 && size == 0x8000000);
  SOME_CASE(good && before.length - reg.length == 4);
  SOME_CASE(!good && before.length - reg.length == 16);
}

static bool is_sound(const struct machine *machine)
{
  return machine->nharts >= 0 && machine->nharts <= NCPU &&
         machine->nreserved >= 0 && machine->nreserved <= RESERVED_MAX;
}

const char *any_node(struct machine *machine, const struct place *path,
                     uint depth)
{
  MUST(depth >= 1 && depth < DEPTH && are_inside(path, depth + 1));
  SOME_CASE(depth == 2 && machine != NULL);
  return nondet_bool() ? NULL : "bad";
}

void prove_structure(void)
{
  any_tree();
  struct machine machine;
  bool good = read_structure(any_place(), &machine) == NULL;
  SOME_CASE(good);
  SOME_CASE(!good);
}

void prove_reservations(void)
{
  any_tree();
  struct machine machine = nondet_machine();
  ASSUME(is_sound(&machine));
  bool good = read_reservations(any_run(), &machine) == NULL;
  MUST(is_sound(&machine));
  SOME_CASE(good && machine.nreserved == RESERVED_MAX);
  SOME_CASE(!good && machine.nreserved == RESERVED_MAX);
  SOME_CASE(!good && machine.nreserved == 2);
}

const char *any_reservations(struct bytes block, struct machine *machine)
{
  MUST(is_inside(block));
  machine->nreserved = any_below(RESERVED_MAX + 1);
  return nondet_bool() ? NULL : "bad";
}

const char *any_structure(struct place place, struct machine *machine)
{
  MUST(is_inside(place.structure) && is_inside(place.strings));
  *machine = nondet_machine();
  return nondet_bool() ? NULL : "bad";
}

void prove_read(void)
{
  any_tree();
  struct machine machine;
  bool good = fdt_read(tree, tree_size, &machine) == NULL;
  MUST(!good || (machine.ram_size != 0 && machine.nharts != 0 &&
                 machine.timebase != 0 && tree_size >= 40));
  SOME_CASE(good && tree_size == 40);
  SOME_CASE(good && tree_size == LIMIT);
  SOME_CASE(!good && tree_size == 39);
}
