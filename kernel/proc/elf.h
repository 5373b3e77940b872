/* What exec needs of ELF: the two headers, and whether they make sense. Pure
 * functions, so that host tests can try them.
 * System V ABI 4.1 and its 64-bit supplement (ELF-64 Object File Format 1.5);
 * RISC-V ELF psABI 1.0, ELF Object Files. All fields are little-endian. */
#ifndef PROC_ELF_H
#define PROC_ELF_H

#include "lib/base.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"

/* The fields whose use is not said are not looked at. */
struct elf_header {
  uint8 ident[16];
  uint16 type;
  uint16 machine;
  uint32 version;
  uint64 entry;         /* va of the first instruction */
  uint64 segment_table; /* offset of the program headers in the file */
  uint64 section_table;
  uint32 flags;
  uint16 header_bytes;
  uint16 segment_bytes; /* of a program header */
  uint16 nsegments;     /* program headers */
  uint16 section_bytes;
  uint16 nsections;
  uint16 section_names;
};
static_assert(sizeof(struct elf_header) == 64, "ELF-64 header");

/* A program header. */
struct elf_segment {
  uint32 type;
  uint32 flags;
  uint64 offset; /* of its bytes in the file */
  uint64 va;
  uint64 pa;
  uint64 file_bytes;   /* that the file has */
  uint64 memory_bytes; /* that it takes; those beyond file_bytes are 0 */
  uint64 align;
};
static_assert(sizeof(struct elf_segment) == 56, "ELF-64 program header");

/* The limit of the image, which leaves room for the guard and the stack. */
#define ELF_VA_LIMIT (USYSCALL - (1 + USERSTACK) * PGSIZE)

/* 0 if this begins a 64-bit little-endian RISC-V executable whose program
 * headers are where file offsets of 32 bits reach; else -1. */
int elf_check_header(const struct elf_header *header);

/* Whether the segment puts anything into memory. */
bool elf_is_loaded(const struct elf_segment *segment);

/* Check a segment that is loaded: it begins on a page, at or after *image_end;
 * it ends at or below ELF_VA_LIMIT; its bytes are not more than its memory,
 * and 32 bits reach them. 0, and *image_end is the first page after it; or
 * -1. Loaded segments come in rising order, so this refuses overlap. */
int elf_check_segment(const struct elf_segment *segment, uint64 *image_end);

/* Its rights, of PTE_R, PTE_W and PTE_X. Programs expect to read every one. */
uint64 elf_perm(const struct elf_segment *segment);

#endif
