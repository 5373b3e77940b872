/* The checks of an executable file, which anybody may have written: exec relies
 * on what they let through, and on nothing else that the file says. A bound is
 * tested by subtraction, so that no sum wraps. exec.c is next. */
#include "proc/elf.h"
#include "lib/string.h"

/* Values of the fields, by their names in the specification. */
#define ELFCLASS64 2
#define ELFDATA2LSB 1
#define EV_CURRENT 1
#define ET_EXEC 2
#define EM_RISCV 243
#define PT_LOAD 1
#define PF_X 1
#define PF_W 2

/* The files of our file system are far smaller. */
#define OFFSET_LIMIT 0xFFFFFFFFUL

/* Whether the file may have nbytes at offset. */
static bool offset_fits(uint64 offset, uint64 nbytes)
{
  return offset <= OFFSET_LIMIT && nbytes <= OFFSET_LIMIT - offset;
}

int elf_check_header(const struct elf_header *header)
{
  static const uint8 magic[] = {0x7F,       'E',         'L',       'F',
                                ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
  if (memcmp(header->ident, magic, sizeof(magic)) != 0 ||
      header->type != ET_EXEC || header->machine != EM_RISCV ||
      header->version != EV_CURRENT || header->nsegments == 0 ||
      header->segment_bytes != sizeof(struct elf_segment))
    return -1;
  uint64 table_bytes = header->nsegments * sizeof(struct elf_segment);
  return offset_fits(header->segment_table, table_bytes) ? 0 : -1;
}

bool elf_is_loaded(const struct elf_segment *segment)
{
  return segment->type == PT_LOAD && segment->memory_bytes != 0;
}

int elf_check_segment(const struct elf_segment *segment, uint64 *image_end)
{
  if (segment->file_bytes > segment->memory_bytes ||
      !offset_fits(segment->offset, segment->file_bytes))
    return -1;
  if (segment->va % PGSIZE != 0 || segment->va < *image_end ||
      segment->va > ELF_VA_LIMIT ||
      segment->memory_bytes > ELF_VA_LIMIT - segment->va)
    return -1;
  *image_end = PGROUNDUP(segment->va + segment->memory_bytes);
  return 0;
}

uint64 elf_perm(const struct elf_segment *segment)
{
  uint64 perm = PTE_R;
  if (segment->flags & PF_W)
    perm |= PTE_W;
  if (segment->flags & PF_X)
    perm |= PTE_X;
  return perm;
}
