/* Building device trees, for the tests of fdt.h: good ones and bad ones.
 * Devicetree Specification 0.4, Flattened Devicetree (DTB) Format. */
#ifndef HOST_FDT_TREE_H
#define HOST_FDT_TREE_H

#include "lib/base.h"
#include "lib/fdt.h"

#define HEADER_SIZE 40
#define RAM_START 0x80000000UL
#define RAM_SIZE 0x8000000UL

/* A tree that is being built: its blocks grow side by side. */
struct builder {
  uchar structure[4096], strings[512], reservations[512];
  uint structure_size, strings_size, reservations_size;
};

/* Begin a tree, and its root: addresses and sizes have two cells. */
void root_begin(struct builder *b);

/* Open a node, and close it. What comes in between is in it. */
void node_begin(struct builder *b, const char *name);
void node_end(struct builder *b);

/* Properties of the open node. */
void property_u32(struct builder *b, const char *name, uint32 value);
void property_text(struct builder *b, const char *name, const char *text);
void property_range(struct builder *b, const char *name, uint64 start,
                    uint64 size);

/* An entry of the memory reservation block. */
void reservation(struct builder *b, uint64 start, uint64 size);

/* Nodes that every machine has: memory@80000000; /cpus, which stays open; a
 * hart in it. */
void add_memory(struct builder *b);
void cpus_begin(struct builder *b);
void add_cpu(struct builder *b, uint32 hartid, const char *status);

/* The tree as one heap block of just its size, so that the sanitizer sees a
 * byte too far. */
uchar *finish(struct builder *b, uint *size);

/* A tree with all that the kernel reads, and a few things that it passes
 * over: harts 0 and 2, and 1 switched off; two reserved ranges. */
uchar *good_tree(uint *size);

/* Store a big-endian word. */
void store_u32(uchar *at, uint32 value);

/* Read a tree that ends after its first size bytes, and free it. */
const char *read_and_free(uchar *tree, uint size, struct machine *machine);

#endif
