/* A target for libFuzzer: any bytes as an executable file, read as exec reads
 * one. What the checks let through has to be what exec relies on. */
#include "proc/elf.h"
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Ends the run, which keeps the bytes in a file. */
#define MUST(condition)                                                        \
  do {                                                                         \
    if (!(condition))                                                          \
      abort();                                                                 \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8 *file, size_t nbytes);

/* As exec: all of it, or false. */
static bool read_fully(const uint8 *file, size_t nbytes, void *dst,
                       size_t offset, size_t count)
{
  if (offset > nbytes || count > nbytes - offset)
    return false;
  memcpy(dst, file + offset, count);
  return true;
}

/* The segments come one after the other, below the limit, and neither their
 * memory nor their part of the file wraps. */
static void check_loaded(const struct elf_segment *segment, uint64 before,
                         uint64 image_end)
{
  MUST(segment->va % PGSIZE == 0 && segment->va >= before);
  MUST(segment->memory_bytes > 0 &&
       segment->memory_bytes <= ELF_VA_LIMIT - segment->va);
  MUST(image_end % PGSIZE == 0 && image_end <= ELF_VA_LIMIT);
  MUST(image_end - segment->va >= segment->memory_bytes);
  MUST(image_end - segment->va - segment->memory_bytes < PGSIZE);
  MUST(segment->file_bytes <= segment->memory_bytes);
  MUST(segment->file_bytes <= UINT32_MAX &&
       segment->offset <= UINT32_MAX - segment->file_bytes);
}

static void check_perm(uint64 perm)
{
  MUST((perm & PTE_R) && (perm & ~(uint64)(PTE_R | PTE_W | PTE_X)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8 *file, size_t nbytes)
{
  struct elf_header header;
  struct elf_segment segment;
  uint64 image_end = 0;

  if (!read_fully(file, nbytes, &header, 0, sizeof(header)) ||
      elf_check_header(&header) < 0)
    return 0;
  MUST(header.nsegments > 0);
  for (int i = 0; i < header.nsegments; i++) {
    uint offset = header.segment_table + i * sizeof(segment);
    MUST(offset == header.segment_table + i * sizeof(segment));
    if (!read_fully(file, nbytes, &segment, offset, sizeof(segment)))
      return 0;
    if (!elf_is_loaded(&segment))
      continue;
    uint64 before = image_end;
    if (elf_check_segment(&segment, &image_end) < 0) {
      MUST(image_end == before);
      return 0;
    }
    check_loaded(&segment, before, image_end);
    check_perm(elf_perm(&segment));
  }
  return 0;
}
