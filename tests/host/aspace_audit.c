#include "tests/host/aspace_audit.h"
#include "tests/host/aspace.h"
#include "mm/page.h"

#define DIGEST_FACTOR 0x9E3779B97F4A7C15UL /* odd: no number is lost */
#define OWN_PAGES 3                        /* user root, trapframe, usyscall */
#define PRIVATE_TABLE_PAGES 2

/* The tables of one space, beside those of the one that was walked before. */
struct walk {
  struct aspace *as;
  struct aspace *before; /* NULL: none was */
  struct audit *audit;
};

uint64 digest_with(uint64 digest, uint64 number)
{
  uint64 mixed = (digest ^ number) * DIGEST_FACTOR;
  return mixed ^ mixed >> 32;
}

static void note(struct audit *audit, uint64 number)
{
  audit->digest = digest_with(audit->digest, number);
}

/* The page that stands at va; 0 if none does. */
static uint64 page_at(struct aspace *as, uint64 va)
{
  int level;
  pte_t word = va < user_end(as) ? *pt_find(as->pagetable, va, &level) : 0;
  return pte_valid(word) ? PTE2PA(word) + va % pt_span(level) : 0;
}

/* How many of a leaf's pages the other space has, too. */
static uint64 count_shared(const struct walk *walk, pte_t leaf, int level,
                           uint64 va)
{
  uint64 nshared = 0;

  for (uint64 at = 0; walk->before != NULL && at < pt_span(level);
       at += PGSIZE) {
    if (page_at(walk->before, va + at) == PTE2PA(leaf) + at) {
      note(walk->audit, va + at);
      nshared++;
    }
  }
  return nshared;
}

static void audit_leaf(const struct walk *walk, pte_t leaf, int level,
                       uint64 va)
{
  uint64 nshared = count_shared(walk, leaf, level, va);

  walk->audit->npages += pt_span(level) / PGSIZE - nshared;
}

static bool audit_entry(pte_t *entry, int level, uint64 va, void *context)
{
  const struct walk *walk = context;
  struct audit *audit = walk->audit;

  note(audit, va + level);
  note(audit, PTE_FLAGS(*entry));
  if (pte_is_table(*entry)) {
    audit->npages++;
    return true;
  }
  if (va >= user_end(walk->as))
    return true; /* of the high pair: nothing of the space's own */
  if (pte_valid(*entry))
    audit_leaf(walk, *entry, level, va);
  else
    audit->nreserved += level > 0 ? LARGE_RESERVATION : 1;
  return true;
}

struct audit aspace_audit(struct aspace *const spaces[AUDITED])
{
  struct audit audit = {0};
  struct aspace *before = NULL;

  for (int i = 0; i < AUDITED; i++) {
    struct walk walk = {.as = spaces[i], .before = before, .audit = &audit};
    note(&audit, i);
    if (spaces[i] == NULL)
      continue;
    audit.npages += OWN_PAGES;
    if (has_private_table(spaces[i]))
      audit.npages += PRIVATE_TABLE_PAGES;
    pt_visit(spaces[i]->pagetable, PT_ROOT_LEVEL, 0, audit_entry, &walk);
    before = spaces[i];
  }
  return audit;
}
