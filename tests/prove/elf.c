/* exec's checks of an executable file: kernel/proc/elf.c, and the way in which
 * kernel/proc/exec.c uses it. A file is any bytes, and each read of it gives
 * others.
 *
 *   prove_header: bound 8
 *     the header is accepted exactly if ELF and our limits say so; then the
 *     offset of each of its program headers, 65,535 at most, fits 32 bits
 *   prove_segment: bound 1
 *     a segment is accepted exactly if it fits; then it begins on a page, not
 *     before the end of those before it, ends at or below the limit, and
 *     leaves such an end to the next one
 *   prove_load_image: bound 8, any_load for load_segment
 *     nothing else comes to load_segment(), and what is read goes to the two
 *     headers alone. Each turn of the loop begins with any end that the one
 *     before may have left; its counter comes in by prove_header alone.
 *   prove_load_segment: bound 4
 *     of a segment that was accepted, load_segment() maps page by page just
 *     what it has, and reads no more than fits. Its first three pages are
 *     looked at, of a segment of any length.
 */
#include "proc/elf.c"
#include "proc/exec.c"
#include "tests/prove/prove.h"

uint16 nondet_u16(void);
struct elf_header nondet_header(void);
struct elf_segment nondet_segment(void);

#define TOP 0x3fffffb000UL /* below the guard, a page of stack, and three */

void prove_header(void)
{
  struct elf_header header = nondet_header();
  uint i = nondet_uint();
  bool good = elf_check_header(&header) == 0;
  unsigned __int128 table_end =
      (unsigned __int128)header.segment_table + header.nsegments * 56;
  MUST(good ==
       (header.ident[0] == 0x7F && header.ident[1] == 'E' &&
        header.ident[2] == 'L' && header.ident[3] == 'F' &&
        header.ident[4] == 2 && header.ident[5] == 1 && header.ident[6] == 1 &&
        header.type == 2 && header.machine == 243 && header.version == 1 &&
        header.nsegments > 0 && header.segment_bytes == 56 &&
        table_end <= 0xFFFFFFFF));
  ASSUME(good && i < header.nsegments);
  /* exec.c has the offset of a segment in 32 bits. */
  MUST((uint)(header.segment_table + i * sizeof(struct elf_segment)) ==
       (unsigned __int128)header.segment_table + i * 56UL);
  SOME_CASE(i == 65534);
  SOME_CASE(table_end == 0xFFFFFFFF);
}

/* What the checks let through, in numbers that cannot wrap. */
static bool fits(const struct elf_segment *segment, uint64 before)
{
  unsigned __int128 end =
      (unsigned __int128)segment->va + segment->memory_bytes;
  unsigned __int128 file_end =
      (unsigned __int128)segment->offset + segment->file_bytes;
  return segment->va % 4096 == 0 && segment->va >= before && end <= TOP &&
         segment->file_bytes <= segment->memory_bytes && file_end <= 0xFFFFFFFF;
}

static bool may_be_end(uint64 image_end)
{
  return image_end % 4096 == 0 && image_end <= TOP;
}

void prove_segment(void)
{
  struct elf_segment segment = nondet_segment();
  uint64 before = nondet_u64(), end = before;
  ASSUME(may_be_end(before));
  static_assert(ELF_VA_LIMIT == TOP, "the limit");
  bool good = elf_check_segment(&segment, &end) == 0;
  uint64 perm = elf_perm(&segment);
  MUST(good == fits(&segment, before));
  MUST(good || end == before);
  MUST(may_be_end(end));
  MUST(!good || (end - segment.va >= segment.memory_bytes &&
                 end - segment.va - segment.memory_bytes < 4096));
  MUST((perm & PTE_R) != 0 && (perm & ~(PTE_R | PTE_W | PTE_X)) == 0);
  SOME_CASE(good && segment.memory_bytes == TOP);
  SOME_CASE(good && segment.va == TOP && segment.file_bytes == 0);
  SOME_CASE(!good && segment.va + segment.memory_bytes < segment.va);
  SOME_CASE(!good && segment.offset + segment.file_bytes < segment.offset);
}

/* What exec calls. */

static uint64 image_end;
static uint turns, loads;
static struct elf_header *header_of_proof;
static const struct elf_segment *loaded; /* and its page that is next: */
static uint64 next_page;
static char *page_of_next;

/* Each turn asks first. */
bool killed(void)
{
  image_end = nondet_u64();
  ASSUME(may_be_end(image_end));
  return ++turns > 2 || nondet_bool();
}

int readi(struct inode *inode, struct uio uio, uint offset, uint nbytes)
{
  void *to = (void *)uio.address;
  MUST(!uio.user);
  MUST(nbytes <= 0x7FFFFFFF);
  MUST(__CPROVER_w_ok(to, nbytes));
  if (loaded != NULL) {
    MUST(to == page_of_next && nbytes <= PGSIZE);
    MUST(offset == loaded->offset + next_page);
    MUST(next_page + nbytes <= loaded->file_bytes);
    MUST(nbytes == PGSIZE || next_page + nbytes == loaded->file_bytes);
  } else if (to == header_of_proof) {
    MUST(offset == 0 && nbytes == sizeof(struct elf_header));
    *header_of_proof = nondet_header();
  } else {
    MUST(nbytes == sizeof(struct elf_segment));
    *(struct elf_segment *)to = nondet_segment();
  }
  int done = nondet_int();
  ASSUME(done >= -1 && done <= (int)nbytes);
  return done;
}

int any_load(struct aspace *as, struct inode *file,
             const struct elf_segment *segment)
{
  MUST(fits(segment, 0));
  MUST(segment->type == 1 && segment->memory_bytes > 0);
  MUST(image_end >= segment->va + segment->memory_bytes);
  loads++;
  SOME_CASE(loads == 2);
  return nondet_bool() ? 0 : -1;
}

void prove_load_image(void)
{
  struct elf_header header;
  struct aspace *as = NULL;
  struct inode *file = NULL;
  header_of_proof = &header;
  bool good = load_image(as, file, &header, &image_end) == 0;
  SOME_CASE(good && loads == 1);
  SOME_CASE(good && header.nsegments == 2 && loads == 0);
  SOME_CASE(!good && loads == 2);
}

uint64 pages_free(void)
{
  return nondet_u64();
}

void *kalloc_zeroed(void)
{
  static char pages[3][PGSIZE];
  page_of_next = next_page / PGSIZE < 3 && nondet_bool()
                     ? pages[next_page / PGSIZE]
                     : NULL;
  return page_of_next;
}

void kfree(void *page)
{
  MUST(page != NULL && page == page_of_next);
  page_of_next = NULL;
}

int aspace_map(struct aspace *as, uint64 va, void *page, uint64 perm)
{
  MUST(page == page_of_next && va % PGSIZE == 0);
  MUST(va == loaded->va + next_page && va < loaded->va + loaded->memory_bytes);
  MUST(va < TOP);
  if (nondet_bool())
    return -1;
  page_of_next = NULL;
  next_page += PGSIZE;
  return 0;
}

void prove_load_segment(void)
{
  struct elf_segment segment = nondet_segment();
  struct aspace *as = NULL;
  struct inode *file = NULL;
  ASSUME(fits(&segment, 0));
  loaded = &segment;
  bool good = load_segment(as, file, &segment) == 0;
  MUST(!good || (next_page >= segment.memory_bytes &&
                 next_page - segment.memory_bytes < PGSIZE));
  MUST(page_of_next == NULL);
  SOME_CASE(good && segment.memory_bytes == 3 * PGSIZE);
  SOME_CASE(good && segment.file_bytes == PGSIZE + 1);
  SOME_CASE(!good && segment.memory_bytes == TOP && next_page == 3 * PGSIZE);
}
