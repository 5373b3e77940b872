/* Reading the flattened device tree (lib/fdt.h).
 *
 * The tree is one run of bytes: a header that says where the blocks are; the
 * reservations; the structure, which is a sequence of tokens that open a node,
 * give it a property and close it; and the strings, which are the properties'
 * names. All numbers are big-endian, in cells of four bytes. A node's
 * properties come before its children, so a node is read when it is opened, and
 * its properties are looked up from there.
 *
 * The tree comes from outside and may be damaged. So everything is read by
 * cutting it off the front of a run whose length is known: cut() and fdt_read()
 * alone compare with the end, and nothing outside of the tree is ever read. A
 * function that reads a part returns NULL or what is wrong, in words. */
#include "lib/fdt.h"
#include "kernel/memlayout.h"
#include "lib/string.h"

#define FDT_MAGIC 0xD00DFEED
#define FDT_VERSION 17 /* the one that we know */
#define FDT_CELL 4     /* bytes */

/* Nodes deeper than this hold nothing for us: root, /cpus, /cpus/cpu@0. */
#define DEPTH 3

/* Tokens. */
#define BEGIN_NODE 1
#define END_NODE 2
#define PROPERTY 3
#define NOP 4 /* somebody took something out here */
#define END 9

/* A run of bytes. Reading moves at and shortens length. */
struct bytes {
  const uchar *at; /* NULL: not there */
  uint64 length;
};

/* A place in the structure block: behind an item, which is a token and what
 * belongs to it. A node is known by the place behind its beginning. */
struct place {
  struct bytes structure; /* what is left of it */
  struct bytes strings;   /* all of them */
  uint64 token;
  const char *name;   /* of a node or property */
  struct bytes value; /* of a property */
};

/* Cut size bytes off the front, and return where they are. NULL if there are
 * not so many; then nothing is cut. */
static const uchar *cut(struct bytes *bytes, uint64 size)
{
  const uchar *front = bytes->at;
  if (size > bytes->length)
    return NULL;
  bytes->at += size;
  bytes->length -= size;
  return front;
}

/* The same, with the padding up to the next cell. */
static const uchar *cut_padded(struct bytes *bytes, uint64 size)
{
  return cut(bytes, size + -size % FDT_CELL);
}

/* Cut off a number of at most two cells; without cells it is 0. A load of a
 * word would want it aligned. */
static bool cut_number(struct bytes *bytes, uint64 cells, uint64 *value)
{
  const uchar *number = cells <= 2 ? cut(bytes, cells * FDT_CELL) : NULL;
  *value = 0;
  for (uint i = 0; number != NULL && i < cells * FDT_CELL; i++)
    *value = *value << 8 | number[i];
  return number != NULL;
}

/* The size of the string that bytes begin with, its NUL included. If it has no
 * end, that is one more than there are. */
static uint64 string_size(struct bytes bytes)
{
  uint64 size = 1;
  while (size <= bytes.length && bytes.at[size - 1] != 0)
    size++;
  return size;
}

/* Go past the next item that is no NOP. False at the end, or if damaged. */
static bool next(struct place *place)
{
  struct bytes *structure = &place->structure, name = place->strings;
  uint64 offset;
  do {
    if (!cut_number(structure, 1, &place->token))
      return false;
  } while (place->token == NOP);

  if (place->token == BEGIN_NODE) {
    place->name = (const char *)cut_padded(structure, string_size(*structure));
    return place->name != NULL;
  }
  if (place->token != PROPERTY)
    return place->token == END_NODE || place->token == END;
  if (!cut_number(structure, 1, &place->value.length) ||
      !cut_number(structure, 1, &offset) || !cut(&name, offset))
    return false;
  place->value.at = cut_padded(structure, place->value.length);
  place->name = (const char *)cut(&name, string_size(name));
  return place->value.at != NULL && place->name != NULL;
}

/* The value of a node's property; nothing if it has none of this name. */
static struct bytes find_property(const struct place *node, const char *name)
{
  struct place place = *node;
  while (next(&place) && place.token == PROPERTY) {
    if (strcmp(place.name, name) == 0)
      return place.value;
  }
  return (struct bytes){0};
}

/* Whether a property is there and holds just this text. */
static bool property_is(const struct place *node, const char *name,
                        const char *text)
{
  struct bytes value = find_property(node, name);
  return value.length == strlen(text) + 1 &&
         memcmp(value.at, text, value.length) == 0;
}

/* Cut off an address and a size, in as many cells as the node's parent says or,
 * if it says nothing, two and one. An address has one at least, and the range
 * must not wrap. */
static bool cut_range(struct bytes *reg, const struct place *parent,
                      uint64 *start, uint64 *size)
{
  struct bytes starts = find_property(parent, "#address-cells");
  struct bytes sizes = find_property(parent, "#size-cells");
  uint64 start_cells = 2, size_cells = 1;
  return (starts.at == NULL || cut_number(&starts, 1, &start_cells)) &&
         (sizes.at == NULL || cut_number(&sizes, 1, &size_cells)) &&
         start_cells > 0 && cut_number(reg, start_cells, start) &&
         cut_number(reg, size_cells, size) && *size <= ~0UL - *start;
}

/* Note a range that belongs to somebody else, such as M-mode's firmware. One
 * that is forgotten would be handed out as free pages, so none may be. */
static const char *reserve(struct machine *machine, uint64 start, uint64 size)
{
  if (size == 0)
    return NULL;
  if (machine->nreserved == RESERVED_MAX)
    return "too many reserved ranges";
  if (size > ~0UL - start)
    return "a reserved range that wraps";
  machine->reserved[machine->nreserved].start = start;
  machine->reserved[machine->nreserved++].size = size;
  return NULL;
}

/* Read the last node of path, which is a child of the root or a child of one.
 * Others than these say nothing that the kernel wants. A node that says nothing
 * of its status is in use. */
static const char *read_node(struct machine *machine, const struct place *path,
                             uint depth)
{
  const struct place *node = &path[depth], *parent = &path[depth - 1];
  struct bytes reg = find_property(node, "reg");
  struct bytes bootargs = find_property(node, "bootargs");
  struct bytes timebase = find_property(node, "timebase-frequency");
  bool in_use = find_property(node, "status").at == NULL ||
                property_is(node, "status", "okay") ||
                property_is(node, "status", "ok");
  bool in_cpus = strcmp(path[1].name, "cpus") == 0;
  uint64 start, size;

  /* RAM may come in several ranges, of one node or of several. The kernel uses
   * the one that it stands in. */
  if (depth == 1 && in_use && property_is(node, "device_type", "memory")) {
    while (reg.length > 0) {
      if (!cut_range(&reg, parent, &start, &size))
        return "bad reg of a memory node";
      if (start <= KERNBASE && KERNBASE - start < size) {
        machine->ram_start = start;
        machine->ram_size = size;
      }
    }
  }
  if (depth == 2 && in_use && strcmp(parent->name, "reserved-memory") == 0) {
    while (reg.length > 0) {
      if (!cut_range(&reg, parent, &start, &size))
        return "bad reg of a reserved range";
      const char *problem = reserve(machine, start, size);
      if (problem != NULL)
        return problem;
    }
  }

  /* /cpus may hold a map of the harts, too, and a hart beyond NCPU stays as the
   * firmware left it. How fast the time register counts, which is one number
   * for all, stands in /cpus or in each of the cpus. */
  if (in_cpus && depth == 2) {
    if (!in_use || !property_is(node, "device_type", "cpu"))
      return NULL;
    if (!cut_range(&reg, parent, &start, &size))
      return "bad reg of a cpu node";
    if (machine->nharts < NCPU)
      machine->hartid[machine->nharts++] = start;
  }
  if (in_cpus && timebase.at != NULL &&
      (!cut_number(&timebase, timebase.length / FDT_CELL, &machine->timebase) ||
       timebase.length > 0))
    return "bad timebase-frequency";

  /* /chosen is no device: the loader writes there what the user asked for. */
  if (depth == 1 && strcmp(node->name, "chosen") == 0 && bootargs.at != NULL) {
    if (string_size(bootargs) > bootargs.length)
      return "bad bootargs";
    safestrcpy(machine->bootargs, (const char *)bootargs.at, BOOTARGS_MAX);
  }
  machine->nplics += depth == 2 && find_property(node, "riscv,ndev").at != NULL;
  return NULL;
}

/* Read the structure item by item. There must be one root, with nothing before
 * it and the end after it. */
static const char *read_structure(struct place place, struct machine *machine)
{
  struct place path[DEPTH]; /* the first of the open nodes, from the root on */
  uint depth = 0;           /* nodes that are open */
  do {
    if (!next(&place) || place.token == END ||
        (depth == 0 && place.token != BEGIN_NODE))
      return "damaged structure block";
    if (place.token == BEGIN_NODE) {
      const char *problem = NULL;
      if (depth < DEPTH)
        path[depth] = place;
      if (depth > 0 && depth < DEPTH)
        problem = read_node(machine, path, depth);
      if (problem != NULL)
        return problem;
      depth++;
    } else if (place.token == END_NODE) {
      depth--;
    }
  } while (depth > 0);
  bool ends = next(&place) && place.token == END;
  return ends ? NULL : "damaged structure block";
}

/* The memory reservations: (start, size), up to one of zeros. */
static const char *read_reservations(struct bytes block,
                                     struct machine *machine)
{
  uint64 start, size;
  while (cut_number(&block, 2, &start) && cut_number(&block, 2, &size)) {
    if (start == 0 && size == 0)
      return NULL;
    const char *problem = reserve(machine, start, size);
    if (problem != NULL)
      return problem;
  }
  return "memory reservation block without an end";
}

const char *fdt_read(const void *fdt, uint64 limit, struct machine *machine)
{
  /* The header: a cell each. Offsets count from the tree's first byte. A tree
   * names its own version and the oldest one whose readers can read it. */
  union {
    struct {
      uint64 magic, size, structure, strings, reservations, version;
      uint64 last_compatible, boot_hart, strings_size, structure_size;
    };
    uint64 word[10];
  } header;
  const uint64 header_size = ARRAY_LEN(header.word) * FDT_CELL;
  struct bytes bytes = {fdt, header_size};
  *machine = (struct machine){0};
  if (limit < header_size)
    return "no room for a header";
  for (uint i = 0; i < ARRAY_LEN(header.word); i++)
    cut_number(&bytes, 1, &header.word[i]);
  if (header.magic != FDT_MAGIC)
    return "bad magic number";
  if (header.size > limit)
    return "larger than it may be";
  if (header.size < header_size)
    return "smaller than its header";
  if (header.version < FDT_VERSION || header.last_compatible > FDT_VERSION)
    return "unknown version";

  /* The reservations have no size of their own, but an end. */
  bytes = (struct bytes){fdt, header.size};
  struct bytes reservations = bytes;
  struct place start = {.structure = bytes, .strings = bytes};
  if (!cut(&reservations, header.reservations) ||
      !cut(&start.structure, header.structure) ||
      header.structure_size > start.structure.length ||
      !cut(&start.strings, header.strings) ||
      header.strings_size > start.strings.length)
    return "a part lies outside";
  start.structure.length = header.structure_size;
  start.strings.length = header.strings_size;

  const char *problem = read_reservations(reservations, machine);
  if (problem == NULL)
    problem = read_structure(start, machine);
  if (problem != NULL)
    return problem;
  if (machine->ram_size == 0)
    return "no memory node for the kernel's address";
  if (machine->nharts == 0)
    return "no usable hart";
  return machine->timebase == 0 ? "no timebase-frequency" : NULL;
}

bool bootargs_has(const struct machine *machine, const char *word)
{
  size_t length = strlen(word);
  for (const char *at = machine->bootargs;; at++) {
    if (strncmp(at, word, length) == 0 &&
        (at[length] == ' ' || at[length] == '\0'))
      return true;
    while (*at != ' ' && *at != '\0')
      at++;
    if (*at == '\0')
      return false;
  }
}
