/* fork's half of address spaces: a copy that shares pages. */
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/aspace_entry.h"
#include "mm/page.h"

/* A page that its owner may write, now or after page_unshare. */
static bool is_writable(pte_t pte)
{
  return pte_is_leaf(pte) && (pte & (PTE_W | PTE_COW));
}

/* The promises that a child's entry holds if the parent's is this one. */
static uint64 promises_for(pte_t word, int level)
{
  bool promised = is_writable(word) || (word & PTE_PROMISED);

  return (promised ? entry_pages(word, level) : 0) +
         (entry_is_large(word, level) ? 1 : 0);
}

/* The copy under way. */
struct clone {
  struct aspace *parent;
  struct aspace *child;
  uint64 promises; /* paid for, and not yet in the child's tables */
  bool restricted; /* a writable page of the parent became shared */
  bool failed;
};

/* Whether an entry is the parent's user memory, or leads to some. */
static bool holds_user_memory(const struct clone *clone, uint64 va)
{
  return va < user_end(clone->parent);
}

static bool count_promises(pte_t *entry, int level, uint64 va, void *context)
{
  struct clone *clone = context;

  if (!holds_user_memory(clone, va))
    return false;
  if (!pte_is_table(*entry))
    clone->promises += promises_for(*entry, level);
  return true;
}

/* What both will have in place of the parent's entry. */
static pte_t shared_word(pte_t word)
{
  return is_writable(word) ? (word & ~(PTE_W | PTE_D)) | PTE_COW : word;
}

static void share_entry(struct clone *clone, pte_t *entry, int level,
                        pte_t *child_entry)
{
  pte_t word = shared_word(*entry);

  if (pte_is_leaf(word))
    pages_get(pte_target(word), entry_pages(word, level));
  clone->promises -=
      promises_for(word, level); /* the child's tables have them */
  if (word != *entry) {
    entry_write(clone->parent, entry, word); /* aspace_clone flushes */
    clone->restricted = true;
  }
  entry_write(clone->child, child_entry, word); /* never entered: no flush */
}

static bool clone_entry(pte_t *entry, int level, uint64 va, void *context)
{
  struct clone *clone = context;

  if (clone->failed || !holds_user_memory(clone, va))
    return false;
  if (pte_is_table(*entry))
    return true;

  pte_t *child_entry = entry_make(clone->child, va, level);
  if (child_entry == NULL)
    clone->failed = true;
  else
    share_entry(clone, entry, level, child_entry);
  return true;
}

/* Give child the parent's user memory. 0, or -1 out of memory: child holds a
 * part of it, which aspace_destroy takes back. */
static int uvmcopy(struct aspace *parent, struct aspace *child)
{
  struct clone clone = {.parent = parent, .child = child};

  pt_visit(parent->pagetable, PT_ROOT_LEVEL, 0, count_promises, &clone);
  if (page_promise(clone.promises) < 0)
    return -1;
  pt_visit(parent->pagetable, PT_ROOT_LEVEL, 0, clone_entry, &clone);
  if (clone.restricted)
    aspace_flush(parent);
  page_unpromise(clone.promises);
  return clone.failed ? -1 : 0;
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
