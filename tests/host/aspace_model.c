#include "tests/host/aspace_model.h"
#include "arch/hart.h"
#include "lib/debug.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"

const uint64 page_va[NPAGES] = {
    PAGE(0),   PAGE(1),   PAGE(2),    PAGE(511),
    PAGE(512), PAGE(513), PAGE(1023), PAGE(1024),
};

struct space spaces[AUDITED], *running;

static uint64 free_at_start;
static uint64 tables_digest; /* as world_check found them */

struct space *other(void)
{
  return running == &spaces[0] ? &spaces[1] : &spaces[0];
}

bool space_lives(const struct space *space)
{
  return space->as.pagetable != NULL;
}

void world_free_running(void)
{
  struct space *gone = running, *next = space_lives(other()) ? other() : NULL;

  if (next != NULL) {
    kfree(next->as.frame); /* what exec builds has none */
    kfree(next->as.usyscall);
    host_replace(&gone->as, &next->as);
  } else {
    host_leave();
  }
  aspace_destroy(&gone->as);
  *gone = (struct space){0};
  running = next;
}

void space_keep(struct space *space, struct kept *kept)
{
  kept->generation = space->as.view[USER_VIEW].generation;
  for (int i = 0; i < NPAGES; i++) {
    int level;
    pte_t word = *pt_find(space->as.pagetable, page_va[i], &level);
    kept->page[i] = PTE2PA(word) + page_va[i] % pt_span(level);
    kept->rights[i] = pte_valid(word) ? word & (PTE_RWX | PTE_U | PTE_A) : 0;
  }
}

void space_check_flushed(struct space *space, const struct kept *old)
{
  struct kept new;

  space_keep(space, &new);
  for (int i = 0; i < NPAGES; i++) {
    bool stands = new.page[i] == old->page[i] || old->rights[i] == 0;
    if (!stands || (old->rights[i] & ~new.rights[i]))
      CHECK(new.generation > old->generation);
  }
}

static void check_page(struct space *space, int i)
{
  const struct page_model *page = &space->page[i];
  int level, mirror_level;
  pte_t word = *pt_find(space->as.pagetable, page_va[i], &level);

  CHECK_EQ(word != 0, page->taken);
  if (has_private_table(&space->as)) {
    CHECK_EQ(word, *pt_find(space->as.kpagetable, page_va[i], &mirror_level));
    CHECK_EQ(level, mirror_level);
  }
  if (!pte_valid(word)) {
    CHECK_EQ(page->byte, 0);
    return;
  }
  CHECK_EQ(word & (PTE_R | PTE_X | PTE_U),
           PTE_R | PTE_U | (page->right == TEXT ? PTE_X : 0));
  CHECK_EQ(((word & PTE_W) != 0) + ((word & PTE_COW) != 0),
           page->right == DATA);
  CHECK_EQ(*((char *)PTE2PA(word) + page_va[i] % pt_span(level)), page->byte);
}

static void check_space(struct space *space)
{
  CHECK_EQ(aspace_check(&space->as), 0);
  CHECK_EQ(space->as.size, space->size);
  CHECK_EQ(space->as.heap_base, space->heap_base);
  for (int i = 0; i < NPAGES; i++)
    check_page(space, i);
}

static struct audit audit_all(void)
{
  struct aspace *all[AUDITED];

  for (int i = 0; i < AUDITED; i++)
    all[i] = space_lives(&spaces[i]) ? &spaces[i].as : NULL;
  return aspace_audit(all);
}

void world_check(void)
{
  struct audit audit = audit_all();

  tables_digest = audit.digest;
  CHECK_EQ(free_at_start - pages_free(), audit.npages);
  CHECK_EQ(pages_reserved(), audit.nreserved);
  CHECK(pages_reserved() <= pages_free()); /* P1 */
  for (int i = 0; i < AUDITED; i++)
    if (space_lives(&spaces[i]))
      check_space(&spaces[i]);
  if (running != NULL)
    address_space_entering_user();
}

int world_faults(void)
{
  return check_failures_here;
}

uint64 world_digest(void)
{
  uint64 digest = digest_with(tables_digest, page_fail_pending());

  for (int i = 0; i < AUDITED; i++) {
    const struct space *space = &spaces[i];
    digest = digest_with(digest, space == running);
    digest = digest_with(digest, space->size);
    digest = digest_with(digest, space->heap_base);
    digest = digest_with(digest, space->as.ahead_end);
    digest = digest_with(digest, space->as.nahead);
    for (int j = 0; j < NPAGES; j++)
      digest = digest_with(digest_with(digest, space->page[j].right),
                           space->page[j].byte);
  }
  return digest;
}

void world_begin(void)
{
  free_at_start = pages_free();
  running = &spaces[0];
  CHECK_EQ(aspace_create_process(&running->as), 0);
  host_enter(&running->as);
}

void world_end(void)
{
  page_fail_nth(0);
  while (running != NULL)
    world_free_running();
  CHECK_EQ(pages_free(), free_at_start);
  CHECK_EQ(pages_reserved(), 0);
}
