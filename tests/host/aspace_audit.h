/* What two address spaces hold, found by walking their tables. */
#ifndef HOST_ASPACE_AUDIT_H
#define HOST_ASPACE_AUDIT_H

#include "mm/aspace.h"

#define AUDITED 2

struct audit {
  uint64 npages;    /* of tables and of user memory, each counted once */
  uint64 nreserved; /* what the allocator must have counted */
  uint64 digest;    /* of all entries, and of what is shared, not of frames */
};

/* NULL stands for a space that there is not. The spaces share pages with each
 * other and with nobody else. */
struct audit aspace_audit(struct aspace *const spaces[AUDITED]);

/* A digest, with one more number taken into it. */
uint64 digest_with(uint64 digest, uint64 number);

#endif
