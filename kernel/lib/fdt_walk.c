/* Walking through the flattened tree. */
#include "lib/fdt_walk.h"
#include "lib/string.h"

/* The header: big-endian words, at these offsets. */
#define FDT_MAGIC 0xD00DFEED
#define HEADER_MAGIC 0
#define HEADER_TOTAL_SIZE 4
#define HEADER_STRUCT 8
#define HEADER_STRINGS 12
#define HEADER_RESERVED 16
#define HEADER_VERSION 20
#define HEADER_LAST_COMPATIBLE 24
#define HEADER_STRINGS_SIZE 32
#define HEADER_STRUCT_SIZE 36
#define HEADER_SIZE 40

/* The version that we know. */
#define FDT_VERSION 17

/* Tokens of the structure block. */
#define TOKEN_BEGIN_NODE 1
#define TOKEN_END_NODE 2
#define TOKEN_PROPERTY 3
#define TOKEN_NOP 4
#define TOKEN_END 9

/* The blocks of the tree, and the nodes that are open, root first. */
struct tree {
  struct bytes structure, strings, reservations;
  struct fdt_node node[FDT_DEPTH];
};

/* Cut off what follows a token, and the padding to the next one. */
static bool cut_padded(struct bytes *bytes, uint size, struct bytes *front)
{
  struct bytes padding;

  return cut(bytes, size, front) && cut(bytes, -size % FDT_CELL, &padding);
}

/* Read what follows BEGIN_NODE. depth is the new node's. */
static bool begin_node(struct tree *tree, uint depth)
{
  struct bytes name;
  long length = string_length(tree->structure);

  if (length < 0 || !cut_padded(&tree->structure, (uint)length + 1, &name))
    return false;
  if (depth < FDT_DEPTH)
    tree->node[depth] = (struct fdt_node){.name = (const char *)name.at};
  return true;
}

/* The place in node for a property of this name; NULL if it does not matter. */
static struct bytes *property_place(struct fdt_node *node, const char *name)
{
  const struct {
    const char *name;
    struct bytes *place;
  } places[] = {
      {"#address-cells", &node->address_cells},
      {"#size-cells", &node->size_cells},
      {"reg", &node->reg},
      {"device_type", &node->device_type},
      {"status", &node->status},
      {"timebase-frequency", &node->timebase},
      {"bootargs", &node->bootargs},
      {"riscv,ndev", &node->plic_sources},
  };

  for (size_t i = 0; i < ARRAY_LEN(places); i++) {
    if (strcmp(places[i].name, name) == 0)
      return places[i].place;
  }
  return NULL;
}

/* Read what follows PROPERTY, in a node of this depth. */
static bool read_property(struct tree *tree, uint depth)
{
  uint32 size, name_offset;
  struct bytes value, skipped, name = tree->strings;

  if (!cut_u32(&tree->structure, &size) ||
      !cut_u32(&tree->structure, &name_offset) ||
      !cut_padded(&tree->structure, size, &value) ||
      !cut(&name, name_offset, &skipped) || string_length(name) < 0)
    return false;
  if (depth < FDT_DEPTH) {
    struct bytes *place =
        property_place(&tree->node[depth], (const char *)name.at);
    if (place != NULL)
      *place = value;
  }
  return true;
}

/* Read the structure block. depth counts the open nodes. */
static const char *read_structure(struct tree *tree,
                                  const struct fdt_visitor *visitor)
{
  const char *const damaged = "damaged structure block";
  uint depth = 0;
  bool root_seen = false;
  uint32 token;

  while (cut_u32(&tree->structure, &token)) {
    const char *problem = NULL;

    if (token == TOKEN_NOP)
      continue;
    if (token == TOKEN_END && depth == 0 && root_seen)
      return NULL;
    if (token == TOKEN_BEGIN_NODE && (depth > 0 || !root_seen)) {
      root_seen = true;
      problem = begin_node(tree, depth++) ? NULL : damaged;
    } else if (token == TOKEN_PROPERTY && depth > 0) {
      problem = read_property(tree, depth - 1) ? NULL : damaged;
    } else if (token == TOKEN_END_NODE && depth > 0) {
      depth--;
      if (depth < FDT_DEPTH)
        problem = visitor->node(tree->node, depth, visitor->context);
    } else {
      problem = damaged;
    }
    if (problem != NULL)
      return problem;
  }
  return damaged;
}

/* The memory reservation block: (start, size) up to one of zeros. */
static const char *read_reservations(struct bytes block,
                                     const struct fdt_visitor *visitor)
{
  struct bytes entry;

  while (cut(&block, 4 * FDT_CELL, &entry)) {
    uint64 start = load_u64(entry.at), size = load_u64(entry.at + 2 * FDT_CELL);
    if (start == 0 && size == 0)
      return NULL;
    const char *problem = visitor->reservation(start, size, visitor->context);
    if (problem != NULL)
      return problem;
  }
  return "memory reservation block without an end";
}

/* Check the header, and find the blocks. */
static const char *read_header(const uchar *fdt, uint64 limit,
                               struct tree *tree)
{
  if (limit < HEADER_SIZE)
    return "no room for a header";
  if (load_u32(fdt + HEADER_MAGIC) != FDT_MAGIC)
    return "bad magic number";

  struct bytes all = {fdt, load_u32(fdt + HEADER_TOTAL_SIZE)};
  uint reserved_at = load_u32(fdt + HEADER_RESERVED);
  if (all.length > limit)
    return "larger than it may be";
  if (all.length < HEADER_SIZE)
    return "smaller than its header";
  if (load_u32(fdt + HEADER_VERSION) < FDT_VERSION ||
      load_u32(fdt + HEADER_LAST_COMPATIBLE) > FDT_VERSION)
    return "unknown version";
  if (!part(all, load_u32(fdt + HEADER_STRUCT),
            load_u32(fdt + HEADER_STRUCT_SIZE), &tree->structure) ||
      !part(all, load_u32(fdt + HEADER_STRINGS),
            load_u32(fdt + HEADER_STRINGS_SIZE), &tree->strings) ||
      reserved_at > all.length ||
      !part(all, reserved_at, all.length - reserved_at, &tree->reservations))
    return "a part lies outside";
  return NULL;
}

const char *fdt_walk(const void *fdt, uint64 limit,
                     const struct fdt_visitor *visitor)
{
  struct tree tree = {0};
  const char *problem = read_header(fdt, limit, &tree);

  if (problem == NULL)
    problem = read_reservations(tree.reservations, visitor);
  if (problem == NULL)
    problem = read_structure(&tree, visitor);
  return problem;
}
