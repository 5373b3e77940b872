#include "tests/host/fdt_tree.h"
#include <stdlib.h>
#include <string.h>

void store_u32(uchar *at, uint32 value)
{
  for (int i = 0; i < 4; i++)
    at[i] = (uchar)(value >> (24 - 8 * i));
}

static void put_u32(struct builder *b, uint32 value)
{
  store_u32(b->structure + b->structure_size, value);
  b->structure_size += 4;
}

static void put_bytes(struct builder *b, const void *bytes, uint size)
{
  memcpy(b->structure + b->structure_size, bytes, size);
  b->structure_size += (size + 3) / 4 * 4;
}

void node_begin(struct builder *b, const char *name)
{
  put_u32(b, 1);
  put_bytes(b, name, (uint)strlen(name) + 1);
}

void node_end(struct builder *b)
{
  put_u32(b, 2);
}

static void property(struct builder *b, const char *name, const void *value,
                     uint size)
{
  put_u32(b, 3);
  put_u32(b, size);
  put_u32(b, b->strings_size);
  memcpy(b->strings + b->strings_size, name, strlen(name) + 1);
  b->strings_size += (uint)strlen(name) + 1;
  put_bytes(b, value, size);
}

void property_text(struct builder *b, const char *name, const char *text)
{
  property(b, name, text, (uint)strlen(text) + 1);
}

/* A property of n cells. */
static void property_cells(struct builder *b, const char *name, uint n,
                           const uint32 *cells)
{
  uchar value[64];

  for (uint i = 0; i < n; i++)
    store_u32(value + 4 * i, cells[i]);
  property(b, name, value, 4 * n);
}

void property_u32(struct builder *b, const char *name, uint32 value)
{
  property_cells(b, name, 1, &value);
}

void property_range(struct builder *b, const char *name, uint64 start,
                    uint64 size)
{
  const uint32 cells[] = {(uint32)(start >> 32), (uint32)start,
                          (uint32)(size >> 32), (uint32)size};
  property_cells(b, name, 4, cells);
}

void reservation(struct builder *b, uint64 start, uint64 size)
{
  uchar *at = b->reservations + b->reservations_size;

  store_u32(at, (uint32)(start >> 32));
  store_u32(at + 4, (uint32)start);
  store_u32(at + 8, (uint32)(size >> 32));
  store_u32(at + 12, (uint32)size);
  b->reservations_size += 16;
}

uchar *finish(struct builder *b, uint *size)
{
  reservation(b, 0, 0);
  put_u32(b, 9);

  uint reservations_at = HEADER_SIZE;
  uint structure_at = reservations_at + b->reservations_size;
  uint strings_at = structure_at + b->structure_size;
  *size = strings_at + b->strings_size;

  const uint32 header[] = {
      0xD00DFEED, *size, structure_at,    strings_at,       reservations_at, 17,
      16,         0,     b->strings_size, b->structure_size};
  uchar *tree = malloc(*size);
  for (int i = 0; i < HEADER_SIZE / 4; i++)
    store_u32(tree + 4 * i, header[i]);
  memcpy(tree + reservations_at, b->reservations, b->reservations_size);
  memcpy(tree + structure_at, b->structure, b->structure_size);
  memcpy(tree + strings_at, b->strings, b->strings_size);
  return tree;
}

void add_memory(struct builder *b)
{
  node_begin(b, "memory@80000000");
  property_range(b, "reg", RAM_START, RAM_SIZE);
  property_text(b, "device_type", "memory");
  node_end(b);
}

void add_cpu(struct builder *b, uint32 hartid, const char *status)
{
  node_begin(b, "cpu@0");
  property_u32(b, "reg", hartid);
  property_text(b, "device_type", "cpu");
  property_text(b, "status", status);
  node_begin(b, "interrupt-controller");
  property_u32(b, "reg", 77);
  node_end(b);
  node_end(b);
}

void cpus_begin(struct builder *b)
{
  node_begin(b, "cpus");
  property_u32(b, "#address-cells", 1);
  property_u32(b, "#size-cells", 0);
  property_u32(b, "timebase-frequency", 10000000);
}

void root_begin(struct builder *b)
{
  *b = (struct builder){0};
  node_begin(b, "");
  property_u32(b, "#address-cells", 2);
  property_u32(b, "#size-cells", 2);
}

uchar *good_tree(uint *size)
{
  struct builder b;

  root_begin(&b);
  reservation(&b, RAM_START, 0x40000);
  node_begin(&b, "chosen");
  property_text(&b, "bootargs", "quiet panic=exit");
  node_end(&b);
  add_memory(&b);
  put_u32(&b, 4); /* NOP */
  cpus_begin(&b);
  add_cpu(&b, 0, "okay");
  add_cpu(&b, 1, "disabled");
  add_cpu(&b, 2, "okay");
  node_begin(&b, "cpu-map");
  node_end(&b);
  node_end(&b);
  node_begin(&b, "reserved-memory");
  property_u32(&b, "#address-cells", 2);
  property_u32(&b, "#size-cells", 2);
  node_begin(&b, "firmware@87000000");
  property_range(&b, "reg", 0x87000000, 0x1000);
  node_end(&b);
  node_end(&b);
  node_begin(&b, "soc");
  node_begin(&b, "plic@c000000");
  property_u32(&b, "riscv,ndev", 95);
  node_end(&b);
  node_end(&b);
  node_end(&b);
  return finish(&b, size);
}

const char *read_and_free(uchar *tree, uint size, struct machine *machine)
{
  const char *problem = fdt_read(tree, size, machine);

  free(tree);
  return problem;
}
