/* The heap: blocks side by side, each behind a header that gives its size and
 * that of the block before it, so that a block being freed finds both
 * neighbours at once. Free blocks stand in lists by size.
 *
 * A region is a run of blocks without a gap. It ends with a bare header that
 * is never free. The heap begins a new region where the program has moved the
 * break itself, and grows the last one otherwise.
 *
 * Invariants:
 *   A  sizes are multiples of GRAIN, and so are the addresses of headers
 *   B  no two free blocks are neighbours
 *   C  a block is in bin b of the lists exactly if it is free and its size is
 *      from 2^b to below 2^(b+1) grains */
#include "user/user.h"

#define GRAIN 16ul
#define GROWTH (32 * 1024ul)    /* ask for this much at least */
#define SBRK_MAX (0x7FFFFFFFul) /* what sbrk's argument can say */

struct block {
  uint64 size : 63;     /* bytes, this header included */
  uint64 is_free : 1;   /* and so in a list */
  uint64 previous_size; /* of the block before it; 0: first of its region */

  /* Only while it is free; else the user's bytes begin here. */
  struct block *next;
  struct block **link; /* what points to this block in its list */
};

#define HEADER (2 * sizeof(uint64))
#define BLOCK_MIN sizeof(struct block)
#define NBINS 32

_Static_assert(HEADER == GRAIN, "user bytes are aligned as headers are");
_Static_assert(BLOCK_MIN % GRAIN == 0, "rule A holds for the smallest block");

static struct block *bins[NBINS];
static struct block *last; /* the header that ends the newest region */

static struct block *block_after(struct block *block)
{
  return (struct block *)((char *)block + block->size);
}

static struct block *block_before(struct block *block)
{
  return (struct block *)((char *)block - block->previous_size);
}

/* The bin of a size: the place of the highest bit of its grains. */
static int bin_of(uint64 size)
{
  int bin = 0;

  for (uint64 grains = size / GRAIN; grains > 1; grains /= 2)
    bin++;
  return bin < NBINS ? bin : NBINS - 1;
}

static void list_insert(struct block *block)
{
  struct block **link = &bins[bin_of(block->size)];

  block->is_free = 1;
  block->link = link;
  block->next = *link;
  if (block->next != NULL)
    block->next->link = &block->next;
  *link = block;
}

static void list_remove(struct block *block)
{
  block->is_free = 0;
  *block->link = block->next;
  if (block->next != NULL)
    block->next->link = block->link;
}

static void set_size(struct block *block, uint64 size)
{
  block->size = size;
  block_after(block)->previous_size = size;
}

/* Put a block that is in no list back, as one with its free neighbours. */
static void give_back(struct block *block)
{
  struct block *after = block_after(block);

  if (after->is_free) {
    list_remove(after);
    set_size(block, block->size + after->size);
  }
  if (block->previous_size != 0 && block_before(block)->is_free) {
    struct block *before = block_before(block);
    list_remove(before);
    set_size(before, before->size + block->size);
    block = before;
  }
  list_insert(block);
}

/* Close the newest region with its last header, at address end - HEADER. */
static void end_region(struct block *block, char *end)
{
  last = (struct block *)(end - HEADER);
  last->size = 0;
  last->is_free = 0;
  set_size(block, (char *)last - (char *)block);
}

/* Move the break up by at least nbytes. The old break, NULL if the kernel has
 * no more; *got tells by how much. */
static char *more_memory(uint64 nbytes, uint64 *got)
{
  char *memory = SBRK_ERROR;

  if (nbytes < GROWTH) {
    *got = GROWTH;
    memory = sbrk(GROWTH);
  }
  if (memory == SBRK_ERROR && nbytes <= SBRK_MAX) {
    *got = nbytes;
    memory = sbrk((int)nbytes);
  }
  return memory == SBRK_ERROR ? NULL : memory;
}

/* Get a free block of at least size bytes from the kernel. 0, or -1. */
static int grow(uint64 size)
{
  uint64 got;
  /* A new region needs a header at its end, and may have to align its start. */
  char *memory = more_memory(size + HEADER + GRAIN, &got);
  struct block *block;

  if (memory == NULL)
    return -1;
  if (last != NULL && memory == (char *)last + HEADER) {
    block = last;
  } else {
    block = (struct block *)(((uint64)memory + GRAIN - 1) & ~(GRAIN - 1));
    block->previous_size = 0;
  }
  end_region(block, (char *)(((uint64)memory + got) & ~(GRAIN - 1)));
  block->is_free = 0;
  give_back(block);
  return 0;
}

/* A free block of at least size bytes, out of its list; NULL if none is. */
static struct block *take(uint64 size)
{
  for (int bin = bin_of(size); bin < NBINS; bin++)
    for (struct block *block = bins[bin]; block != NULL; block = block->next)
      if (block->size >= size) {
        list_remove(block);
        return block;
      }
  return NULL;
}

/* Cut a block to size and give back the rest, if that can be a block. */
static void trim(struct block *block, uint64 size)
{
  uint64 rest = block->size - size;

  if (rest < BLOCK_MIN)
    return;
  set_size(block, size);
  block_after(block)->is_free = 0;
  set_size(block_after(block), rest);
  give_back(block_after(block));
}

void *malloc(uint nbytes)
{
  uint64 size = (nbytes + HEADER + GRAIN - 1) & ~(GRAIN - 1);
  if (size < BLOCK_MIN)
    size = BLOCK_MIN;

  struct block *block = take(size);
  if (block == NULL && grow(size) == 0)
    block = take(size);
  if (block == NULL)
    return NULL;
  trim(block, size);
  return (char *)block + HEADER;
}

void free(void *memory)
{
  if (memory != NULL)
    give_back((struct block *)((char *)memory - HEADER));
}
