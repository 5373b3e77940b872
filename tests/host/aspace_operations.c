#include "tests/host/aspace_operations.h"
#include "lib/debug.h"
#include "tests/host/aspace.h"
#include "tests/host/aspace_model.h"
#include "tests/host/check.h"

/* page_fail_pending before the operation. */
static uint64 until_failure;

static int index_of(uint64 va)
{
  int i = 0;
  while (page_va[i] != va)
    i++;
  return i;
}

static struct page_model *page_of(uint64 va)
{
  return &running->page[index_of(va)];
}

/* Pages from start on become such ones, up to end. */
static void set_pages(uint64 start, uint64 end, enum right right, bool taken)
{
  for (int i = 0; i < NPAGES; i++)
    if (page_va[i] >= start && page_va[i] < end)
      running->page[i] = (struct page_model){right, taken, 0};
}

/* Whether the allocation that was to fail came up in this operation. */
static bool failed_on_purpose(void)
{
  return until_failure > 0 && page_fail_pending() == 0;
}

/* Whether the operation was done. What needs_memory may fail instead, but only
 * by the allocation that was to. */
static bool was_done(int result, bool needs_memory)
{
  CHECK(result == 0 || (result == -1 && needs_memory && failed_on_purpose()));
  return result == 0;
}

/* Whether the page at va is mapped, and the other space has it, too. */
static bool is_shared(uint64 va)
{
  int level;
  pte_t own = *pt_find(running->as.pagetable, va, &level);
  uint64 pa = PTE2PA(own) + va % pt_span(level);
  if (!pte_valid(own) || !space_lives(other()))
    return false;
  pte_t others = *pt_find(other()->as.pagetable, va, &level);
  return pte_valid(others) && PTE2PA(others) + va % pt_span(level) == pa;
}

/* Whether va lies within a leaf of 2 MiB of which others need the last page:
 * who cuts it needs memory. */
static bool cuts_shared(uint64 va)
{
  int level;
  pte_t word = *pt_find(running->as.pagetable, va, &level);
  return va % SUPERPGSIZE != 0 && entry_is_large(word, level) &&
         is_shared(SUPERPGROUNDUP(va) - PGSIZE);
}

static bool may_map(uint64 va)
{
  return running->size == running->heap_base && page_of(va)->right == NOTHING;
}

static void map(uint64 va)
{
  enum right right = va == 0 ? TEXT : DATA;
  uint64 perm = PTE_R | (right == TEXT ? PTE_X : PTE_W);

  if (!was_done(map_fresh(&running->as, va, perm), true))
    return;
  set_pages(va, va + PGSIZE, right, true);
  running->size = running->heap_base = max_u64(running->size, va + PGSIZE);
}

static bool may_shrink(uint64 size)
{
  return size < running->size;
}

/* Take the memory away and leave the break: heap comes again at a touch. */
static void unmap(uint64 va)
{
  if (!was_done(entry_cut(&running->as, va), cuts_shared(va)))
    return;
  aspace_unmap(&running->as, va);
  set_pages(va, max_u64(va, running->heap_base), NOTHING, false);
  set_pages(max_u64(va, running->heap_base), running->size, DATA, false);
}

static void shrink(uint64 size)
{
  bool needs_memory = cuts_shared(PGROUNDUP(size));
  if (!was_done(aspace_shrink(&running->as, size), needs_memory))
    return;
  set_pages(PGROUNDUP(size), PGROUNDUP(running->size), NOTHING, false);
  running->size = size;
  running->heap_base = min_u64(running->heap_base, PGROUNDUP(size));
}

static bool may_grow(uint64 size)
{
  return size > running->size;
}

static void grow(uint64 size)
{
  if (!was_done(aspace_grow(&running->as, size), true))
    return;
  set_pages(PGROUNDUP(running->size), PGROUNDUP(size), DATA, true);
  running->size = size;
}

static void grow_lazily(uint64 size)
{
  if (!was_done(aspace_grow_lazily(&running->as, size), false))
    return;
  set_pages(PGROUNDUP(running->size), PGROUNDUP(size), DATA, false);
  running->size = size;
}

/* A byte that the page has in neither space. */
static char new_byte(int page)
{
  char byte = 1;
  while (byte == spaces[0].page[page].byte || byte == spaces[1].page[page].byte)
    byte++;
  return byte;
}

static bool always(uint64 argument)
{
  (void)argument;
  return true;
}

static void fault(uint64 va, enum access access, bool allowed)
{
  struct page_model *page = page_of(va);
  bool shared = access == ACCESS_WRITE && is_shared(va);
  int result = aspace_fault(&running->as, va, access);

  if (!allowed) {
    CHECK_EQ(result, -1);
    return;
  }
  if (result == OUT_OF_MEMORY) {
    CHECK(failed_on_purpose() && (!page->taken || shared));
    return;
  }
  CHECK_EQ(result, 0);
  page->taken = true;
  CHECK(aspace_permits(&running->as, va, access));
  if (access == ACCESS_WRITE) {
    page->byte = new_byte(index_of(va));
    *byte_at(&running->as, va, access) = page->byte;
  }
}

static void read(uint64 va)
{
  fault(va, ACCESS_READ, page_of(va)->right != NOTHING);
}

static void write(uint64 va)
{
  fault(va, ACCESS_WRITE, page_of(va)->right == DATA);
}

static void execute(uint64 va)
{
  fault(va, ACCESS_EXECUTE, page_of(va)->right == TEXT);
}

static bool is_accessed(uint64 va)
{
  int level;
  pte_t word = *pt_find(running->as.pagetable, va, &level);
  return pte_valid(word) && (word & PTE_A);
}

/* All access to one page is taken away until the next touch, unless it is of a
 * leaf that cannot be split. */
static void protect(uint64 va)
{
  bool before[NPAGES];

  for (int i = 0; i < NPAGES; i++)
    before[i] = is_accessed(page_va[i]);
  CHECK_EQ(aspace_test_accessed(&running->as, va),
           page_of(va)->taken ? before[index_of(va)] : -1);
  for (int i = 0; i < NPAGES; i++)
    CHECK_EQ(is_accessed(page_va[i]),
             before[i] && (page_va[i] != va || failed_on_purpose()));
}

static bool may_clone(uint64 argument)
{
  (void)argument;
  return !space_lives(other());
}

static void clone(uint64 argument)
{
  struct space *child = other();

  (void)argument;
  if (!was_done(aspace_clone(&child->as, &running->as), true))
    return;
  child->size = running->size;
  child->heap_base = running->heap_base;
  for (int i = 0; i < NPAGES; i++) {
    int level;
    child->page[i] = running->page[i];
    pte_t word = *pt_find(running->as.pagetable, page_va[i], &level);
    child->page[i].taken = pte_valid(word) && !entry_is_ahead(word);
  }
}

static bool may_swap(uint64 argument)
{
  (void)argument;
  return space_lives(other());
}

/* As the scheduler does. */
static void swap(uint64 argument)
{
  (void)argument;
  host_leave();
  running = other();
  host_enter(&running->as);
}

/* As exec, if there is another, or else exit does. */
static void free_running(uint64 argument)
{
  (void)argument;
  world_free_running();
}

static bool may_run_out(uint64 n)
{
  (void)n;
  return page_fail_pending() == 0;
}

/* The n-th allocation from now fails. */
static void run_out(uint64 n)
{
  page_fail_nth(n);
}

/* Names have the number of a page, as PAGE; 2+ is a byte more, 2- one less. */
static const struct operation {
  const char *name;
  bool (*is_possible)(uint64 argument);
  void (*run)(uint64 argument);
  uint64 argument;
} operations[] = {
    {"map 0", may_map, map, PAGE(0)},
    {"map 1", may_map, map, PAGE(1)},
    {"unmap 1", may_shrink, unmap, PAGE(1)},
    {"unmap 513", may_shrink, unmap, PAGE(513)},
    {"grow 2+", may_grow, grow, PAGE(2) + 1},
    {"grow 513", may_grow, grow, PAGE(513)},
    {"grow 1025", may_grow, grow, PAGE(1025)},
    {"grow lazily 512", may_grow, grow_lazily, PAGE(512)},
    {"grow lazily 1024", may_grow, grow_lazily, PAGE(1024)},
    {"shrink 0", may_shrink, shrink, 0},
    {"shrink 2-", may_shrink, shrink, PAGE(2) - 1},
    {"shrink 513", may_shrink, shrink, PAGE(513)},
    {"protect 1", always, protect, PAGE(1)},
    {"protect 513", always, protect, PAGE(513)},
    {"read 1", always, read, PAGE(1)},
    {"read 512", always, read, PAGE(512)},
    {"write 0", always, write, PAGE(0)},
    {"write 2", always, write, PAGE(2)},
    {"write 512", always, write, PAGE(512)},
    {"write 1023", always, write, PAGE(1023)},
    {"execute 0", always, execute, PAGE(0)},
    {"clone", may_clone, clone, 0},
    {"swap", may_swap, swap, 0},
    {"free", always, free_running, 0},
    {"run out 1", may_run_out, run_out, 1},
    {"run out 2", may_run_out, run_out, 2},
    {"run out 8", may_run_out, run_out, 8}, /* a table of clone's child */
};

int operation_count(void)
{
  return ARRAY_LEN(operations);
}

const char *operation_name(int operation)
{
  return operations[operation].name;
}

bool operation_is_possible(int operation)
{
  return running != NULL &&
         operations[operation].is_possible(operations[operation].argument);
}

void operation_do(int operation)
{
  struct space *space = running;
  struct kept kept;

  space_keep(space, &kept);
  until_failure = page_fail_pending();
  operations[operation].run(operations[operation].argument);
  if (space_lives(space))
    space_check_flushed(space, &kept);
}

int operation_faults(void)
{
  return check_failures_here;
}
