/* Two address spaces, and a model of them of a few lines: of some pages, what
 * may be done there, whether something stands for it in the table, and its
 * first byte. aspace_operations.h has what changes both; world_check compares
 * them. After host_kernel. */
#ifndef HOST_ASPACE_MODEL_H
#define HOST_ASPACE_MODEL_H

#include "mm/aspace.h"
#include "tests/host/aspace_audit.h"

#define PAGE(number) ((number) * (uint64)PGSIZE)

/* The pages that are looked at: of the image; the last before a block, three
 * of the block, and the first after it. */
#define NPAGES 8
extern const uint64 page_va[NPAGES];

enum right {
  NOTHING, /* a hole, or beyond the break */
  TEXT,    /* may be read and executed */
  DATA,    /* may be read and written */
};

struct page_model {
  enum right right;
  bool taken; /* it is there or reserved; else it comes at a touch, if at all */
  char byte;  /* its first one */
};

/* One of the spaces, beside what must be true of it. */
struct space {
  struct aspace as; /* without tables: it is not there */
  uint64 size, heap_base;
  struct page_model page[NPAGES];
};

extern struct space spaces[AUDITED];
extern struct space *running; /* on this hart; NULL: all were freed */

/* The space that does not run. */
struct space *other(void);
bool space_lives(const struct space *space);

/* What a TLB may keep of a space; and check that where such a thing was taken
 * away since, a flush came. */
struct kept {
  uint64 generation;
  uint64 page[NPAGES];
  pte_t rights[NPAGES];
};
void space_keep(struct space *space, struct kept *kept);
void space_check_flushed(struct space *space, const struct kept *old);

/* Begin with one space, which is empty and runs here; end by freeing all. */
void world_begin(void);
void world_end(void);

/* Free the space that runs: the other one, if there is one, runs then. */
void world_free_running(void);

/* Compare each space with its model, its tables with their mirror, and the
 * pages and reservations that were taken with what the tables hold. What is
 * wrong is printed. */
void world_check(void);

/* How much was found wrong since the program began. */
int world_faults(void);

/* After world_check: a number that stands for all on which later operations
 * depend, but for which frames are used. */
uint64 world_digest(void);

#endif
