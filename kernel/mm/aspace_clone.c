/* fork's half of address spaces: a copy that shares pages. */
#include "lib/panic.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/page.h"

/* The copy under way. */
struct clone {
  struct aspace *parent;
  struct aspace *child;
  uint64 end;      /* of the user memory */
  bool restricted; /* a writable page of the parent became shared */
};

/* What both have from now on in place of the parent's writable page. */
static pte_t shared_word(pte_t word)
{
  return (word & ~(PTE_W | PTE_D)) | PTE_COW;
}

/* Let a level-0 table of the child share the pages of the first n entries of
 * the parent's; what is promised to the parent is absent in the child. The
 * child was never entered, and needs no flush. */
static void share_pages(struct clone *clone, pagetable_t from, pagetable_t to,
                        uint64 n)
{
  for (uint64 i = 0; i < n; i++) {
    pte_t word = from[i];
    if (!pte_valid(word))
      continue;
    if (word & PTE_W) {
      from[i] = word = shared_word(word); /* uvmcopy flushes */
      clone->restricted = true;
    }
    to[i] = word;
  }
  pages_get(to, n);
}

static void share_large(struct clone *clone, pte_t *from, pte_t *to)
{
  if (!pte_valid(*from))
    return;
  if (*from & PTE_W) {
    entry_write(clone->parent, from, shared_word(*from)); /* uvmcopy flushes */
    clone->restricted = true;
  }
  entry_write(clone->child, to, *from);
  page_block_get(pte_target(*from));
}

static int share_tables(struct clone *clone, pagetable_t from, pagetable_t to,
                        int level, uint64 va);

/* Share what the table at from holds, which is of this level, in one at to,
 * made if there is none. 0, or -1 out of memory. */
static int share_under(struct clone *clone, pte_t from, pte_t *to, int level,
                       uint64 va)
{
  if (*to == 0) {
    pagetable_t made = pt_alloc();
    if (made == NULL)
      return -1;
    entry_write(clone->child, to, pte_make_table(made));
  }
  if (level > 0)
    return share_tables(clone, pte_target(from), pte_target(*to), level, va);

  uint64 npages = (clone->end - va) / PGSIZE;
  share_pages(clone, pte_target(from), pte_target(*to),
              min_u64(npages, PT_ENTRIES));
  return 0;
}

static int share_tables(struct clone *clone, pagetable_t from, pagetable_t to,
                        int level, uint64 va)
{
  for (int i = 0; i < PT_ENTRIES && va < clone->end; i++) {
    if (entry_is_large(from[i], level))
      share_large(clone, &from[i], &to[i]);
    else if (from[i] != 0 &&
             share_under(clone, from[i], &to[i], level - 1, va) < 0)
      return -1;
    va += pt_span(level);
  }
  return 0;
}

/* Give child the parent's user memory. 0, or -1 out of memory: child holds a
 * part of it, which aspace_destroy takes back. */
static int uvmcopy(struct aspace *parent, struct aspace *child)
{
  struct clone clone = {parent, child, user_end(parent), false};

  int result = share_tables(&clone, parent->pagetable, child->pagetable,
                            PT_ROOT_LEVEL, 0);
  if (clone.restricted)
    aspace_flush(parent);
  return result;
}

int aspace_clone(struct aspace *child, struct aspace *parent,
                 struct trapframe *frame, struct usyscall *usyscall)
{
  if (aspace_create(child, frame, usyscall) < 0)
    return -1;

  child->size = parent->size;
  child->heap_base = parent->heap_base;
  child->wx = parent->wx;
  if (child->size > USYSCALL)
    usyscall_hide(child);
  if (uvmcopy(parent, child) < 0) {
    aspace_destroy(child);
    return -1;
  }
  if (DEBUG)
    assert(aspace_check(parent) == 0 && aspace_check(child) == 0);
  return 0;
}
