/* The ELF checks: good headers pass, each damaged field is refused, and no
 * rubbish gets a segment past the limits. */
#include "proc/elf.h"
#include "tests/host/check.h"
#include <stdlib.h>
#include <string.h>

static struct elf_header good_header(void)
{
  return (struct elf_header){
      .ident = {0x7F, 'E', 'L', 'F', 2, 1, 1},
      .type = 2,
      .machine = 243,
      .version = 1,
      .entry = 0x100,
      .segment_table = sizeof(struct elf_header),
      .header_bytes = sizeof(struct elf_header),
      .segment_bytes = sizeof(struct elf_segment),
      .nsegments = 2,
  };
}

/* As the linkers of 2020 made them: one segment, R, W and X at odd offsets. */
static struct elf_segment good_segment(void)
{
  return (struct elf_segment){
      .type = 1,
      .flags = 7,
      .offset = 0xE8,
      .file_bytes = 0x1234,
      .memory_bytes = 0x2345,
      .align = 8,
  };
}

static int check_segment_at(struct elf_segment segment, uint64 image_end)
{
  uint64 end = image_end;
  int result = elf_check_segment(&segment, &end);
  if (result < 0)
    CHECK_EQ(end, image_end);
  return result;
}

static void header_good(void)
{
  struct elf_header header = good_header();

  CHECK_EQ(elf_check_header(&header), 0);
}

/* Every bit of every field that is looked at, one at a time. entry, flags and
 * the sections are free; segment_table and nsegments have bounds only. */
static void header_every_bit(void)
{
  const struct {
    size_t start, end;
  } exact[] = {
      {0, 7}, /* of ident: magic, class, data, version */
      {offsetof(struct elf_header, type), offsetof(struct elf_header, entry)},
      {offsetof(struct elf_header, segment_bytes),
       offsetof(struct elf_header, nsegments)},
  };

  for (size_t i = 0; i < ARRAY_LEN(exact); i++) {
    for (size_t bit = exact[i].start * 8; bit < exact[i].end * 8; bit++) {
      struct elf_header header = good_header();
      ((uint8 *)&header)[bit / 8] ^= 1 << bit % 8;
      CHECK_EQ(elf_check_header(&header), -1);
    }
  }
}

static void header_bounds(void)
{
  struct elf_header header = good_header();

  header.nsegments = 0;
  CHECK_EQ(elf_check_header(&header), -1);

  header.nsegments = 0xFFFF;
  CHECK_EQ(elf_check_header(&header), 0);
  header.segment_table = 0xFFFFFFFF - 0xFFFFUL * 56;
  CHECK_EQ(elf_check_header(&header), 0);
  header.segment_table++;
  CHECK_EQ(elf_check_header(&header), -1);
  header.segment_table = -56UL;
  CHECK_EQ(elf_check_header(&header), -1);
}

/* A file that is cut short leaves zeros, or nothing, where the rest was. */
static void header_cut(void)
{
  const size_t last = offsetof(struct elf_header, nsegments);

  for (size_t nbytes = 0; nbytes <= last; nbytes++) {
    struct elf_header header = good_header();
    memset((uint8 *)&header + nbytes, 0, sizeof(header) - nbytes);
    CHECK_EQ(elf_check_header(&header), -1);
  }
}

static void segment_good(void)
{
  struct elf_segment segment = good_segment();
  uint64 end = 0;

  CHECK(elf_is_loaded(&segment));
  CHECK_EQ(elf_check_segment(&segment, &end), 0);
  CHECK_EQ(end, 0x3000);

  segment.va = 0x3000;
  segment.memory_bytes = segment.file_bytes = 0x1000;
  CHECK_EQ(elf_check_segment(&segment, &end), 0);
  CHECK_EQ(end, 0x4000);

  segment.va = 0x10000; /* a hole before it */
  CHECK_EQ(elf_check_segment(&segment, &end), 0);
  CHECK_EQ(end, 0x11000);
}

static void segment_not_loaded(void)
{
  struct elf_segment segment = good_segment();

  segment.memory_bytes = 0;
  CHECK(!elf_is_loaded(&segment));
  segment = good_segment();
  segment.type = 0x70000003; /* attributes, which every linker adds */
  CHECK(!elf_is_loaded(&segment));
}

static void segment_overlap(void)
{
  struct elf_segment segment = good_segment();

  segment.va = 0x2000;
  CHECK_EQ(check_segment_at(segment, 0x2000), 0);
  CHECK_EQ(check_segment_at(segment, 0x3000), -1);
}

static void segment_sizes(void)
{
  struct elf_segment segment = good_segment();

  segment.memory_bytes = segment.file_bytes - 1;
  CHECK_EQ(check_segment_at(segment, 0), -1);
  segment.memory_bytes = segment.file_bytes;
  CHECK_EQ(check_segment_at(segment, 0), 0);
}

static void segment_alignment(void)
{
  for (uint64 va = 1; va < PGSIZE; va++) {
    struct elf_segment segment = good_segment();
    segment.va = va;
    CHECK_EQ(check_segment_at(segment, 0), -1);
  }
}

static void segment_offsets(void)
{
  struct elf_segment segment = good_segment();

  segment.offset = 0xFFFFFFFF - segment.file_bytes;
  CHECK_EQ(check_segment_at(segment, 0), 0);
  segment.offset++;
  CHECK_EQ(check_segment_at(segment, 0), -1);
  segment.offset = -segment.file_bytes; /* the sum wraps to 0 */
  CHECK_EQ(check_segment_at(segment, 0), -1);
}

/* Guard and stack still fit above the image, and nothing wraps. */
static void segment_limit(void)
{
  struct elf_segment segment = good_segment();
  uint64 end = 0;

  CHECK_EQ(ELF_VA_LIMIT + (1 + USERSTACK) * PGSIZE, USYSCALL);
  segment.va = ELF_VA_LIMIT - 0x3000;
  CHECK_EQ(elf_check_segment(&segment, &end), 0);
  CHECK_EQ(end, ELF_VA_LIMIT);
  segment.va += PGSIZE;
  CHECK_EQ(check_segment_at(segment, 0), -1);
  segment.va = ELF_VA_LIMIT;
  CHECK_EQ(check_segment_at(segment, 0), -1);
  segment.va = -(uint64)PGSIZE;
  CHECK_EQ(check_segment_at(segment, 0), -1);

  segment = good_segment();
  segment.memory_bytes = ELF_VA_LIMIT;
  CHECK_EQ(check_segment_at(segment, 0), 0);
  segment.memory_bytes++;
  CHECK_EQ(check_segment_at(segment, 0), -1);
  segment.va = 0x1000;
  segment.memory_bytes = -0x1000UL; /* the end wraps to 0 */
  CHECK_EQ(check_segment_at(segment, 0), -1);
}

static void permissions(void)
{
  const struct {
    uint32 flags;
    uint64 perm;
  } cases[] = {
      {0, PTE_R},          {1, PTE_R | PTE_X},         {2, PTE_R | PTE_W},
      {4, PTE_R},          {5, PTE_R | PTE_X},         {6, PTE_R | PTE_W},
      {0xFFFFFFF8, PTE_R}, {7, PTE_R | PTE_W | PTE_X},
  };

  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    struct elf_segment segment = {.flags = cases[i].flags};
    CHECK_EQ(elf_perm(&segment), cases[i].perm);
  }
}

/* A random 64-bit number, mostly near a power of two. */
static uint64 random_word(void)
{
  uint64 word = 1UL << rand() % 64;
  switch (rand() % 4) {
  case 0:
    return word;
  case 1:
    return -word;
  case 2:
    return word - 1 - rand() % 64;
  default:
    return rand() % 64 * PGSIZE;
  }
}

static void segment_rubbish(void)
{
  int naccepted = 0;

  srand(1);
  for (int i = 0; i < 1000000; i++) {
    struct elf_segment segment = {
        .offset = random_word(),
        .va = random_word(),
        .file_bytes = random_word(),
        .memory_bytes = random_word(),
    };
    uint64 start = rand() % 4 * PGSIZE, end = start;

    if (elf_check_segment(&segment, &end) < 0)
      continue;
    naccepted++;
    CHECK(segment.va % PGSIZE == 0 && segment.va >= start);
    CHECK(end % PGSIZE == 0 && end <= ELF_VA_LIMIT && end >= segment.va);
    CHECK(end - segment.va >= segment.memory_bytes);
    CHECK(segment.memory_bytes >= segment.file_bytes);
    CHECK(segment.offset + segment.file_bytes <= 0xFFFFFFFF);
  }
  CHECK(naccepted > 1000);
}

int main(void)
{
  RUN(header_good);
  RUN(header_every_bit);
  RUN(header_bounds);
  RUN(header_cut);
  RUN(segment_good);
  RUN(segment_not_loaded);
  RUN(segment_overlap);
  RUN(segment_sizes);
  RUN(segment_alignment);
  RUN(segment_offsets);
  RUN(segment_limit);
  RUN(permissions);
  RUN(segment_rubbish);
  return check_result();
}
