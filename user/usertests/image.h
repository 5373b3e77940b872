/* Executables made by the tests themselves: an ELF file of a few segments
 * (Executable and Linkable Format, ELF-64), and small programs, in machine
 * code that runs at any address, to put into them. */
#ifndef USERTESTS_IMAGE_H
#define USERTESTS_IMAGE_H

#include "usertests.h"

enum {
  SEGMENT_X = 1,
  SEGMENT_W = 2,
  SEGMENT_R = 4,
};

struct elf_header {
  uchar ident[16];
  ushort type, machine;
  uint version;
  uint64 entry, phoff, shoff;
  uint flags;
  ushort ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
  uint type, flags;
  uint64 offset, vaddr, paddr, filesz, memsz, align;
};

#define IMAGE_SEGMENTS 3

/* An executable in memory. Each segment's bytes are the first filesz of its
 * row of content. */
struct image {
  struct elf_header header;
  struct program_header segments[IMAGE_SEGMENTS];
  uchar content[IMAGE_SEGMENTS][BSIZE];
};

/* A correct image without segments, that enters at entry. */
void image_begin(struct image *image, uint64 entry);

/* Append a segment that holds nbytes of content, at most BSIZE, and zeroes up
 * to memsz. */
void image_add(struct image *image, uint64 va, uint64 memsz, uint flags,
               const void *content, uint64 nbytes);

/* The status of a child that execs it; NO_EXEC_STATUS if exec refuses. */
#define NO_EXEC_STATUS 77
int image_run(const struct image *image);

/* Programs that read four words behind their code. */
struct program {
  uchar code[64];
  uint64 words[4];
};

/* Make the system call words[3] with arguments words[0..2], and exit with
 * CALL_BIAS more than its result. */
#define CALL_BIAS 100
extern const struct program program_call;

/* Load a byte from words[0] (if it is not 0), and exit with it. */
extern const struct program program_load;

/* Store words[0] over an instruction of its own, which otherwise makes the
 * exit status OLD_STATUS. */
#define OLD_STATUS 1
#define NEW_STATUS 2
extern const struct program program_patch;

#endif
