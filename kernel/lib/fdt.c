/* Reading the flattened device tree: Devicetree Specification 0.4, Flattened
 * Devicetree (DTB) Format.
 *
 * The tree is one run of bytes: a header that says where the blocks are; the
 * reservations; the structure, which is a sequence of tokens that open a node,
 * give it a property and close it; and the strings, which are the properties'
 * names. All numbers are big-endian, in cells of four bytes.
 *
 * The tree comes from outside and may be damaged. So everything is read by
 * cutting it off the front of a run whose length is known: cut() is the one
 * place that compares with the end, and nothing outside of the tree is ever
 * read. A function that can fail returns NULL or what is wrong, in words. */
#include "lib/fdt.h"
#include "kernel/memlayout.h"
#include "lib/string.h"

#define FDT_MAGIC 0xD00DFEED
#define FDT_VERSION 17 /* the one that we know */
#define FDT_CELL 4     /* bytes */

/* Of a boot argument: so many digits fit 64 bits, whatever they are. */
#define NUMBER_DIGITS 18

/* The words of the header. Places count from the tree's first byte. */
enum {
  HEADER_MAGIC,
  HEADER_TOTAL_SIZE,
  HEADER_STRUCTURE,
  HEADER_STRINGS,
  HEADER_RESERVATIONS,
  HEADER_VERSION,
  HEADER_LAST_COMPATIBLE,
  HEADER_BOOT_HART,
  HEADER_STRINGS_SIZE,
  HEADER_STRUCTURE_SIZE,
  HEADER_WORDS
};

/* What the structure block is made of. BEGIN_NODE is followed by the node's
 * name, PROPERTY by what read_property reads, the others by nothing. */
enum token {
  TOKEN_BEGIN_NODE = 1,
  TOKEN_END_NODE = 2,
  TOKEN_PROPERTY = 3,
  TOKEN_NOP = 4,
  TOKEN_END = 9,
};

/* A run of bytes. Reading moves at and shortens length. */
struct bytes {
  const uchar *at; /* NULL: not there */
  uint length;
};

/* The properties that matter. */
enum property {
  ADDRESS_CELLS, /* for reg of the node's children, like the next */
  SIZE_CELLS,
  REG,
  DEVICE_TYPE,
  STATUS,
  TIMEBASE,
  BOOTARGS,
  PLIC_SOURCES, /* what has it is a PLIC */
  NPROPERTIES,
};

static const char *const property_name[NPROPERTIES] = {
    [ADDRESS_CELLS] = "#address-cells",
    [SIZE_CELLS] = "#size-cells",
    [REG] = "reg",
    [DEVICE_TYPE] = "device_type",
    [STATUS] = "status",
    [TIMEBASE] = "timebase-frequency",
    [BOOTARGS] = "bootargs",
    [PLIC_SOURCES] = "riscv,ndev",
};

/* An open node: its name, with a unit address after @ if it has one, and those
 * of its properties that matter. Nothing is copied out of the tree. */
struct node {
  const char *name;
  struct bytes property[NPROPERTIES];
};

/* Nodes deeper than this hold nothing for us: root, /cpus, /cpus/cpu@0. */
#define DEPTH 3

/* The tree's blocks, and the nodes that are open, root first. */
struct tree {
  struct bytes structure, strings, reservations;
  struct node node[DEPTH];
};

/* Cut size bytes off the front, which go to *front. False if there are not so
 * many; then nothing is cut. */
static bool cut(struct bytes *bytes, uint64 size, struct bytes *front)
{
  if (size > bytes->length)
    return false;
  *front = (struct bytes){.at = bytes->at, .length = (uint)size};
  bytes->at += size;
  bytes->length -= (uint)size;
  return true;
}

/* The same, with the padding up to the next cell. */
static bool cut_padded(struct bytes *bytes, uint64 size, struct bytes *front)
{
  struct bytes padding;
  return cut(bytes, size, front) && cut(bytes, -size % FDT_CELL, &padding);
}

/* Cut off a number of at most two cells; without cells it is 0. The highest
 * byte comes first, wherever the number stands: no load of a word is needed,
 * which would want it aligned and turned round. */
static bool cut_number(struct bytes *bytes, uint64 cells, uint64 *value)
{
  struct bytes number;
  *value = 0;
  if (cells > 2 || !cut(bytes, cells * FDT_CELL, &number))
    return false;
  for (uint i = 0; i < number.length; i++)
    *value = *value << 8 | number.at[i];
  return true;
}

/* The length of the string that bytes begin with; -1 if it has no end. */
static long string_length(struct bytes bytes)
{
  for (uint i = 0; i < bytes.length; i++) {
    if (bytes.at[i] == 0)
      return i;
  }
  return -1;
}

/* Whether a property is there and holds just this string. */
static bool bytes_are(struct bytes bytes, const char *text)
{
  size_t size = strlen(text) + 1;
  return bytes.at != NULL && bytes.length == size &&
         memcmp(bytes.at, text, size) == 0;
}

/* Whether a node is called name, with or without a unit address: by that
 * siblings of one name differ, such as cpu@0 and cpu@1. */
static bool node_is(const struct node *node, const char *name)
{
  size_t length = strlen(name);
  return strncmp(node->name, name, length) == 0 &&
         (node->name[length] == 0 || node->name[length] == '@');
}

/* A node that says nothing of its status is in use. */
static bool node_enabled(const struct node *node)
{
  struct bytes status = node->property[STATUS];
  return status.at == NULL || bytes_are(status, "okay") ||
         bytes_are(status, "ok");
}

/* Cut an address off a reg, in as many cells as the parent says, which are two
 * unless it says so; and a size, of one cell. */
static bool cut_address(struct bytes *reg, const struct node *parent,
                        uint64 *address)
{
  struct bytes property = parent->property[ADDRESS_CELLS];
  uint64 cells = 2;
  return (property.at == NULL || cut_number(&property, 1, &cells)) &&
         cells > 0 && cut_number(reg, cells, address);
}

/* Cut an address and a size off a reg. The range must not wrap. */
static bool cut_range(struct bytes *reg, const struct node *parent,
                      uint64 *start, uint64 *size)
{
  struct bytes property = parent->property[SIZE_CELLS];
  uint64 cells = 1;
  return cut_address(reg, parent, start) &&
         (property.at == NULL || cut_number(&property, 1, &cells)) &&
         cut_number(reg, cells, size) && *size <= ~0UL - *start;
}

/* RAM may come in several ranges, of one node or of several. The kernel uses
 * the one that it stands in. */
static const char *read_memory(struct machine *machine, struct bytes reg,
                               const struct node *root)
{
  uint64 start, size;
  while (reg.length > 0) {
    if (!cut_range(&reg, root, &start, &size))
      return "bad reg of a memory node";
    if (start <= KERNBASE && KERNBASE - start < size) {
      machine->ram_start = start;
      machine->ram_size = size;
    }
  }
  return NULL;
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
  machine->reserved[machine->nreserved].size = size;
  machine->nreserved++;
  return NULL;
}

/* A child of /reserved-memory. */
static const char *read_reserved(struct machine *machine, struct bytes reg,
                                 const struct node *parent)
{
  const char *problem = NULL;
  uint64 start, size;
  while (reg.length > 0 && problem == NULL) {
    if (!cut_range(&reg, parent, &start, &size))
      return "bad reg of a reserved range";
    problem = reserve(machine, start, size);
  }
  return problem;
}

/* How fast the time register counts: one number for all harts. It stands in
 * /cpus, or in each of the cpu nodes there. */
static const char *read_timebase(struct machine *machine, struct bytes property)
{
  if (property.at == NULL)
    return NULL;
  if (property.length != FDT_CELL && property.length != 2 * FDT_CELL)
    return "bad timebase-frequency";
  cut_number(&property, property.length / FDT_CELL, &machine->timebase);
  return NULL;
}

/* A child of /cpus, where a map of the harts may stand as well. Harts beyond
 * NCPU stay as the firmware left them. */
static const char *read_cpu(struct machine *machine, const struct node *node,
                            const struct node *cpus)
{
  struct bytes reg = node->property[REG];
  uint64 hartid;
  if (!bytes_are(node->property[DEVICE_TYPE], "cpu") || !node_enabled(node))
    return NULL;
  if (!cut_address(&reg, cpus, &hartid))
    return "bad reg of a cpu node";
  if (machine->nharts < NCPU)
    machine->hartid[machine->nharts++] = hartid;
  return read_timebase(machine, node->property[TIMEBASE]);
}

/* /chosen is no device: what started the kernel writes there what the user
 * asked for. */
static const char *read_chosen(struct machine *machine, struct bytes bootargs)
{
  if (bootargs.at == NULL)
    return NULL;
  if (string_length(bootargs) < 0)
    return "bad bootargs";
  safestrcpy(machine->bootargs, (const char *)bootargs.at, BOOTARGS_MAX);
  return NULL;
}

/* A node is closed: all of its properties are known, and all of those of the
 * nodes that it is in, since a node's properties come before its children. */
static const char *read_node(struct machine *machine, const struct node *path,
                             uint depth)
{
  const struct node *node = &path[depth];
  if (depth == 1) {
    if (bytes_are(node->property[DEVICE_TYPE], "memory") && node_enabled(node))
      return read_memory(machine, node->property[REG], &path[0]);
    if (node_is(node, "cpus"))
      return read_timebase(machine, node->property[TIMEBASE]);
    if (node_is(node, "chosen"))
      return read_chosen(machine, node->property[BOOTARGS]);
  }
  if (depth == 2) {
    if (node_is(&path[1], "cpus"))
      return read_cpu(machine, node, &path[1]);
    if (node_is(&path[1], "reserved-memory") && node_enabled(node))
      return read_reserved(machine, node->property[REG], &path[1]);
    machine->nplics += node->property[PLIC_SOURCES].at != NULL;
  }
  return NULL;
}

/* Read what follows PROPERTY: its size, where its name is in the strings, and
 * its value, which a node of this depth keeps if it matters. */
static bool read_property(struct tree *tree, uint depth)
{
  uint64 size, name_offset;
  struct bytes value, skipped, name = tree->strings;
  if (!cut_number(&tree->structure, 1, &size) ||
      !cut_number(&tree->structure, 1, &name_offset) ||
      !cut_padded(&tree->structure, size, &value) ||
      !cut(&name, name_offset, &skipped) || string_length(name) < 0)
    return false;
  for (int i = 0; i < NPROPERTIES && depth < DEPTH; i++) {
    if (strcmp(property_name[i], (const char *)name.at) == 0)
      tree->node[depth].property[i] = value;
  }
  return true;
}

/* Read the structure token by token. depth says how deep in the tree that is;
 * of the open nodes the first DEPTH are kept, and read when they are closed.
 * There must be one root, with nothing before it and the end after it. */
static const char *read_structure(struct tree *tree, struct machine *machine)
{
  const char *const damaged = "damaged structure block";
  uint depth = 0; /* nodes that are open */
  bool root_seen = false;
  uint64 token;
  while (cut_number(&tree->structure, 1, &token)) {
    const char *problem = NULL;
    if (token == TOKEN_NOP) /* where somebody took something out */
      continue;
    if (token == TOKEN_END && depth == 0 && root_seen)
      return NULL;
    if (token == TOKEN_BEGIN_NODE && (depth > 0 || !root_seen)) {
      struct bytes name;
      long length = string_length(tree->structure);
      if (length < 0 ||
          !cut_padded(&tree->structure, (uint64)length + 1, &name))
        return damaged;
      if (depth < DEPTH)
        tree->node[depth] = (struct node){.name = (const char *)name.at};
      depth++;
      root_seen = true;
    } else if (token == TOKEN_PROPERTY && depth > 0) {
      problem = read_property(tree, depth - 1) ? NULL : damaged;
    } else if (token == TOKEN_END_NODE && depth > 0) {
      depth--;
      if (depth < DEPTH)
        problem = read_node(machine, tree->node, depth);
    } else {
      problem = damaged;
    }
    if (problem != NULL)
      return problem;
  }
  return damaged;
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

/* Check the header, and find the blocks. A tree names its own version and the
 * oldest one whose readers can read it: ours must not be older. The
 * reservations have no size of their own, but an end. */
static const char *read_header(const uchar *fdt, uint64 limit,
                               struct tree *tree)
{
  struct bytes bytes = {fdt, HEADER_WORDS * FDT_CELL}, skipped;
  uint64 header[HEADER_WORDS];
  if (limit < bytes.length)
    return "no room for a header";
  for (int i = 0; i < HEADER_WORDS; i++)
    cut_number(&bytes, 1, &header[i]);
  if (header[HEADER_MAGIC] != FDT_MAGIC)
    return "bad magic number";
  if (header[HEADER_TOTAL_SIZE] > limit)
    return "larger than it may be";
  if (header[HEADER_TOTAL_SIZE] < HEADER_WORDS * FDT_CELL)
    return "smaller than its header";
  if (header[HEADER_VERSION] < FDT_VERSION ||
      header[HEADER_LAST_COMPATIBLE] > FDT_VERSION)
    return "unknown version";

  struct bytes all = {fdt, (uint)header[HEADER_TOTAL_SIZE]};
  struct bytes structure = all, strings = all;
  tree->reservations = all;
  if (!cut(&structure, header[HEADER_STRUCTURE], &skipped) ||
      !cut(&structure, header[HEADER_STRUCTURE_SIZE], &tree->structure) ||
      !cut(&strings, header[HEADER_STRINGS], &skipped) ||
      !cut(&strings, header[HEADER_STRINGS_SIZE], &tree->strings) ||
      !cut(&tree->reservations, header[HEADER_RESERVATIONS], &skipped))
    return "a part lies outside";
  return NULL;
}

const char *fdt_read(const void *fdt, uint64 limit, struct machine *machine)
{
  struct tree tree = {0};
  *machine = (struct machine){0};
  const char *problem = read_header(fdt, limit, &tree);
  if (problem == NULL)
    problem = read_reservations(tree.reservations, machine);
  if (problem == NULL)
    problem = read_structure(&tree, machine);
  if (problem != NULL)
    return problem;
  if (machine->ram_size == 0)
    return "no memory node for the kernel's address";
  if (machine->nharts == 0)
    return "no usable hart";
  return machine->timebase == 0 ? "no timebase-frequency" : NULL;
}

/* The word of text, among words parted by blanks, that is name up to this
 * character, 0 for the word's end: what begins with that character. NULL if
 * there is none. */
static const char *find_word(const char *text, const char *name, char after)
{
  size_t length = strlen(name);
  for (;; text++) {
    if (strncmp(text, name, length) == 0 &&
        (text[length] == after || (after == 0 && text[length] == ' ')))
      return text + length;
    while (*text != 0 && *text != ' ')
      text++;
    if (*text == 0)
      return NULL;
  }
}

bool bootargs_has(const struct machine *machine, const char *word)
{
  return find_word(machine->bootargs, word, 0) != NULL;
}

bool bootargs_number(const struct machine *machine, const char *name,
                     uint64 *number)
{
  const char *at = find_word(machine->bootargs, name, '=');
  if (at == NULL)
    return false;

  const char *digits = ++at;
  for (*number = 0; *at >= '0' && *at <= '9'; at++)
    *number = *number * 10 + (uint64)(*at - '0');
  return at > digits && at - digits <= NUMBER_DIGITS &&
         (*at == 0 || *at == ' ');
}
