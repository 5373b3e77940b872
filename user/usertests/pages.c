/* What pgpte and pgaccess tell of the caller's memory. */
#include "usertests.h"

static void must_have(const void *page, uint64 flags, uint64 not_flags)
{
  uint64 pte = pgpte((void *)page);

  MUST_EQ(pte & (flags | not_flags), flags);
}

static void must_show_cow_as_writable(uint64 page)
{
  must_have((void *)page, PTE_V | PTE_U | PTE_R | PTE_W, PTE_X);
}

static uint accessed(const char *pages, int npages)
{
  uint mask = 0;

  MUST_EQ(pgaccess((void *)pages, npages, &mask), 0);
  return mask;
}

static void must_tell_rights(void)
{
  char *heap = align_break();

  must_have((void *)PGROUNDDOWN((uint64)must_have),
            PTE_V | PTE_U | PTE_R | PTE_X, PTE_W);
  must_have((void *)USYSCALL, PTE_V | PTE_U | PTE_R, PTE_W | PTE_X);
  must_have((void *)TRAPFRAME, PTE_V, PTE_U);
  MUST_EQ(pgpte((void *)MAXVA), 0);
  MUST_EQ(pgpte((void *)heap), 0);

  must_grow(PGSIZE);
  must_show_cow_as_writable((uint64)heap);
  must_pass(must_show_cow_as_writable, (uint64)heap);
  must_show_cow_as_writable((uint64)heap);
  must_grow_lazily(PGSIZE);
  MUST_EQ(pgpte(heap + PGSIZE), 0);
  store_to((uint64)heap + PGSIZE);
  must_show_cow_as_writable((uint64)heap + PGSIZE);
}

static void must_tell_accesses(void)
{
  enum {
    PAGES = 32
  };
  char *pages = align_break();

  must_grow(PAGES * PGSIZE);
  MUST_EQ(accessed(pages, PAGES), 0);
  store_to((uint64)pages + 1 * PGSIZE);
  load_from((uint64)pages + 2 * PGSIZE);
  store_to((uint64)pages + 31 * PGSIZE);
  MUST_EQ(accessed(pages, PAGES), 1U << 1 | 1U << 2 | 1U << 31);
  MUST_EQ(accessed(pages, PAGES), 0);
  load_from((uint64)pages + 1 * PGSIZE);
  MUST_EQ(accessed(pages + PGSIZE, 2), 1);
}

void test_pages(void)
{
  must_tell_rights();
  must_tell_accesses();
}
