/* What the device tree says of the machine. */
#include "lib/fdt.h"
#include "kernel/memlayout.h"
#include "lib/fdt_walk.h"
#include "lib/string.h"

#define NUMBER_DIGITS 18 /* fit 64 bits, whatever they are */

/* Whether a property is there and holds just this string. */
static bool bytes_are(struct bytes bytes, const char *text)
{
  size_t size = strlen(text) + 1;

  return bytes.at != NULL && bytes.length == size &&
         memcmp(bytes.at, text, size) == 0;
}

/* Whether a node is called name, with or without a unit address. */
static bool node_is(const struct fdt_node *node, const char *name)
{
  size_t length = strlen(name);

  return strncmp(node->name, name, length) == 0 &&
         (node->name[length] == 0 || node->name[length] == '@');
}

static bool node_enabled(const struct fdt_node *node)
{
  return node->status.at == NULL || bytes_are(node->status, "okay") ||
         bytes_are(node->status, "ok");
}

/* A #address-cells or #size-cells; false if it is more than we can hold. */
static bool cells_of(struct bytes property, uint otherwise, uint *cells)
{
  *cells = otherwise;
  if (property.at != NULL && !cut_u32(&property, cells))
    return false;
  return *cells <= 2;
}

/* Cut the next (start, size) off reg, as parent's cells say. */
static bool cut_range(struct bytes *reg, const struct fdt_node *parent,
                      uint64 *start, uint64 *size)
{
  uint address_cells, size_cells;

  return cells_of(parent->address_cells, 2, &address_cells) &&
         cells_of(parent->size_cells, 1, &size_cells) && address_cells > 0 &&
         cut_number(reg, address_cells, start) &&
         cut_number(reg, size_cells, size) && *size <= ~0UL - *start;
}

static const char *read_memory(struct machine *machine,
                               const struct fdt_node *path)
{
  struct bytes reg = path[1].reg;
  uint64 start, size;

  while (reg.length > 0) {
    if (!cut_range(&reg, &path[0], &start, &size))
      return "bad reg of a memory node";
    if (start <= KERNBASE && KERNBASE - start < size) {
      machine->ram_start = start;
      machine->ram_size = size;
    }
  }
  return NULL;
}

static const char *reserve(uint64 start, uint64 size, void *context)
{
  struct machine *machine = context;

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

static const char *read_reserved(struct machine *machine,
                                 const struct fdt_node *path)
{
  struct bytes reg = path[2].reg;
  uint64 start, size;

  while (reg.length > 0) {
    if (!cut_range(&reg, &path[1], &start, &size))
      return "bad reg of a reserved range";
    const char *problem = reserve(start, size, machine);
    if (problem != NULL)
      return problem;
  }
  return NULL;
}

static const char *read_timebase(struct machine *machine, struct bytes property)
{
  if (property.at == NULL)
    return NULL;
  if (property.length != FDT_CELL && property.length != 2 * FDT_CELL)
    return "bad timebase-frequency";
  cut_number(&property, property.length / FDT_CELL, &machine->timebase);
  return NULL;
}

static const char *read_cpu(struct machine *machine,
                            const struct fdt_node *path)
{
  const struct fdt_node *node = &path[2];
  struct bytes reg = node->reg;
  uint cells;
  uint64 hartid;

  if (!bytes_are(node->device_type, "cpu") || !node_enabled(node))
    return NULL;
  if (!cells_of(path[1].address_cells, 2, &cells) || cells == 0 ||
      !cut_number(&reg, cells, &hartid))
    return "bad reg of a cpu node";
  if (machine->nharts < NCPU)
    machine->hartid[machine->nharts++] = hartid;
  return read_timebase(machine, node->timebase);
}

static const char *read_chosen(struct machine *machine, struct bytes bootargs)
{
  if (bootargs.at == NULL)
    return NULL;
  if (string_length(bootargs) < 0)
    return "bad bootargs";
  string_copy(machine->bootargs, (const char *)bootargs.at, BOOTARGS_MAX);
  return NULL;
}

static const char *read_node(const struct fdt_node *path, uint depth,
                             void *context)
{
  const struct fdt_node *node = &path[depth];
  struct machine *machine = context;

  if (depth == 1) {
    if (bytes_are(node->device_type, "memory") && node_enabled(node))
      return read_memory(machine, path);
    if (node_is(node, "cpus"))
      return read_timebase(machine, node->timebase);
    if (node_is(node, "chosen"))
      return read_chosen(machine, node->bootargs);
  }
  if (depth == 2) {
    if (node_is(&path[1], "cpus"))
      return read_cpu(machine, path);
    if (node_is(&path[1], "reserved-memory") && node_enabled(node))
      return read_reserved(machine, path);
    machine->nplics += node->plic_sources.at != NULL;
  }
  return NULL;
}

const char *fdt_read(const void *fdt, uint64 limit, struct machine *machine)
{
  const struct fdt_visitor visitor = {read_node, reserve, machine};

  *machine = (struct machine){0};
  const char *problem = fdt_walk(fdt, limit, &visitor);
  if (problem != NULL)
    return problem;
  if (machine->ram_size == 0)
    return "no memory node for the kernel's address";
  if (machine->nharts == 0)
    return "no usable hart";
  if (machine->timebase == 0)
    return "no timebase-frequency";
  return NULL;
}

static const char *next_word(const char *at)
{
  while (*at != 0 && *at != ' ')
    at++;
  while (*at == ' ')
    at++;
  return at;
}

static bool word_ends(const char *at)
{
  return *at == 0 || *at == ' ';
}

bool bootargs_has(const struct machine *machine, const char *word)
{
  size_t length = strlen(word);
  const char *at = machine->bootargs;

  for (; *at != 0; at = next_word(at)) {
    if (strncmp(at, word, length) == 0 && word_ends(at + length))
      return true;
  }
  return false;
}

static bool parse_number(const char *at, uint64 *number)
{
  const char *start = at;

  for (*number = 0; *at >= '0' && *at <= '9'; at++)
    *number = *number * 10 + (uint64)(*at - '0');
  return at > start && at - start <= NUMBER_DIGITS && word_ends(at);
}

bool bootargs_number(const struct machine *machine, const char *name,
                     uint64 *number)
{
  size_t length = strlen(name);
  const char *at = machine->bootargs;

  for (; *at != 0; at = next_word(at)) {
    if (strncmp(at, name, length) == 0 && at[length] == '=')
      return parse_number(at + length + 1, number);
  }
  return false;
}
