/* The format of the device tree: header, memory reservations, and the tree of
 * nodes. What the nodes mean is fdt.c's. The tree comes from outside and may
 * be damaged, so every offset is checked against the tree's own size before
 * it is used, and that size against the limit. */
#ifndef LIB_FDT_WALK_H
#define LIB_FDT_WALK_H

#include "lib/fdt_bytes.h"

/* The properties that matter, of one node. */
struct fdt_node {
  const char *name;
  struct bytes address_cells, size_cells; /* for reg of its children */
  struct bytes reg, device_type, status, timebase, bootargs;
  struct bytes plic_sources; /* what has it is a PLIC */
};

/* Nodes deeper than this hold nothing for us: root, /cpus, /cpus/cpu@0. */
#define FDT_DEPTH 3

/* What is called for each part of the tree; NULL, or what is wrong with it,
 * which ends the walk. path holds the nodes from the root (path[0]) to this
 * one (path[depth], depth < FDT_DEPTH), with all their properties; a node
 * comes after the nodes that it contains. */
struct fdt_visitor {
  const char *(*node)(const struct fdt_node *path, uint depth, void *context);
  const char *(*reservation)(uint64 start, uint64 size, void *context);
  void *context;
};

/* Walk through the tree at fdt, of which at most limit bytes are looked at.
 * NULL, or what is wrong, as an English phrase. */
const char *fdt_walk(const void *fdt, uint64 limit,
                     const struct fdt_visitor *visitor);

#endif
