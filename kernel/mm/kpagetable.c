/* The private kernel table: an answer to the exercise of mm/kpagetable.h, which
 * shows what each slot holds. Both pages begin as copies of the global table's,
 * so that all that is shared is there, whatever the global table maps; then the
 * few words that differ from one process to the next are put in. Nothing below
 * these two pages is copied, ever: that is why they cannot be out of date, but
 * for the slots that kpagetable_set_slot writes twice. Read mm/kvm.h before. */
#define KPAGETABLE_EDITION 3 /* of the header, which refuses others */
#include "mm/kpagetable.h"
#include "lib/panic.h"
#include "lib/string.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "mm/pt.h"

#define MIRROR_BYTES (MIRROR_SLOTS * sizeof(pte_t))

static_assert(MIRROR_SLOTS == 96, "the mirror ends where the PLIC begins");

pagetable_t kpagetable_low(pagetable_t root)
{
  return pte_target(root[0]);
}

int kpagetable_create(pagetable_t user_root, pagetable_t *root)
{
  pagetable_t top = kalloc();
  pagetable_t low = kalloc();
  if (top == NULL || low == NULL) {
    if (top != NULL)
      kfree(top);
    if (low != NULL)
      kfree(low);
    return -1;
  }

  /* S: all that is shared. */
  page_copy(top, kernel_pagetable);
  page_copy(low, kpagetable_low(kernel_pagetable));
  top[0] = pte_make_table(low);

  /* M: the mirror over the lowest slots. H: what the trampoline needs. */
  memcpy(low, pte_target(user_root[0]), MIRROR_BYTES);
  top[USER_TOP_SLOT] = user_root[USER_TOP_SLOT];

  *root = top;
  return 0;
}

void kpagetable_free(pagetable_t root)
{
  kfree(kpagetable_low(root));
  kfree(root);
}

void kpagetable_set_slot(pagetable_t user_low, pagetable_t root, int slot,
                         pte_t word)
{
  assert(slot >= 0 && slot < MIRROR_SLOTS);
  user_low[slot] = word;
  kpagetable_low(root)[slot] = word; /* M */
}
