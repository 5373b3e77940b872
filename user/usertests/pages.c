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

/* Pages that come ahead of their first touch. */

#define AHEAD_PAGES 40

/* The first touch of page i brings so many reserved pages. */
static void must_bring(char *pages, int i, uint64 npages)
{
  uint64 reserved = counter("pages_reserved");

  pages[i * PGSIZE] = 'a' + i;
  MUST_EQ(reserved - counter("pages_reserved"), npages);
}

static char *must_grow_by_pages(int npages)
{
  char *pages = align_break();

  must_grow(npages * PGSIZE);
  return pages;
}

static void must_bring_one_out_of_order(void)
{
  char *pages = must_grow_by_pages(AHEAD_PAGES);

  for (int i = AHEAD_PAGES - 1; i >= 0; i--)
    must_bring(pages, i, 1);
  pages = must_grow_by_pages(AHEAD_PAGES);
  for (int i = 0; i < AHEAD_PAGES; i++)
    must_bring(pages, i * 17 % AHEAD_PAGES, 1);
}

static void must_bring_more_in_order(void)
{
  char *pages = must_grow_by_pages(AHEAD_PAGES);

  for (int i = 0, there = 0, next = 1; i < AHEAD_PAGES; i++) {
    int most = next < AHEAD_PAGES - there ? next : AHEAD_PAGES - there;
    must_bring(pages, i, i == there ? most : 0);
    if (i < there)
      continue;
    there += most;
    next = next < 16 ? 2 * next : 16;
    for (int j = i + 1; j < there; j++)
      MUST_EQ(accessed(pages + j * PGSIZE, 1), 0);
  }
  for (int i = 0; i < AHEAD_PAGES; i++)
    MUST_EQ(pages[i * PGSIZE], 'a' + i);
  must_fault(store_to, (uint64)pages + AHEAD_PAGES * PGSIZE);
}

static void find_zeros_and_write(uint64 pages)
{
  MUST_EQ(((char *)pages)[3 * PGSIZE], 'a' + 3);
  for (int i = 4; i < AHEAD_PAGES; i++) {
    MUST_EQ(((char *)pages)[i * PGSIZE], 0);
    ((char *)pages)[i * PGSIZE] = 'c';
  }
}

static void must_fork_amid(void)
{
  char *pages = must_grow_by_pages(AHEAD_PAGES);

  for (int i = 0; i < 4; i++)
    pages[i * PGSIZE] = 'a' + i;
  must_pass(find_zeros_and_write, (uint64)pages);
  MUST_EQ(accessed(pages, 8) >> 4, 0);
  for (int i = 4; i < AHEAD_PAGES; i++) {
    MUST_EQ(pages[i * PGSIZE], 0);
    pages[i * PGSIZE] = 'p';
  }
  must_pass(load_from, (uint64)pages);
}

void test_pagesahead(void)
{
  must_bring_one_out_of_order();
  must_bring_more_in_order();
  must_fork_amid();
}
