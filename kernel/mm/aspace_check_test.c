/* The checker of address spaces on the host: what it says of each rule that is
 * broken. */
#include <string.h>
#include "mm/aspace.h"
#include "mm/copy.h"
#include "mm/kpagetable.h"
#include "mm/kvm.h"
#include "mm/pt.h"
#include "tests/host/aspace.h"
#include "tests/host/check.h"
#include "tests/host/stubs.h"

/* What the checker must say of a breach. */
static void check_reported(struct aspace *as, const char *text)
{
  printed_clear();
  CHECK(aspace_check(as) > 0);
  CHECK(strstr(printed(), text) != NULL);
}

static void rule_M_is_checked(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  pte_t *slot = &kpagetable_low(as.kpagetable)[5];
  *slot = pte_make_table(as.low);
  check_reported(&as, "rule M: mirror slot 5 ");
  *slot = 0;
  aspace_destroy(&as);
}

static void rule_U_is_checked(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  pte_t *entry = walk(as.pagetable, PGSIZE, 0);
  *entry &= ~PTE_U;
  check_reported(&as, "rule U: slot 0, va 0x1000: ");
  *entry |= PTE_U;
  aspace_destroy(&as);
}

static void rule_S_is_checked(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  pte_t *low = &kpagetable_low(as.kpagetable)[MIRROR_SLOTS], saved = *low;
  *low = 0;
  check_reported(&as, "rule S: low slot 96 ");
  *low = saved;

  as.kpagetable[2] ^= PTE_D;
  check_reported(&as, "rule S: root slot 2 ");
  as.kpagetable[2] ^= PTE_D;
  aspace_destroy(&as);
}

static void rule_H_is_checked(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  as.kpagetable[USER_TOP_SLOT] ^= PTE_D;
  check_reported(&as, "rule H: root slot 255 ");
  as.kpagetable[USER_TOP_SLOT] ^= PTE_D;

  const uint64 top[] = {USYSCALL, TRAPFRAME, TRAMPOLINE};
  const pte_t wrong[] = {PTE_W, PTE_U, PTE_U};
  const char *const told[] = {
      "rule H: va 0x3fffffd000: ", "rule H: va 0x3fffffe000: ",
      "rule H: va 0x3ffffff000: "};
  for (int i = 0; i < 3; i++) {
    as.high[PX(0, top[i])] ^= wrong[i];
    check_reported(&as, told[i]);
    as.high[PX(0, top[i])] ^= wrong[i];
  }
  as.high[0] = as.high[PX(0, USYSCALL)];
  check_reported(&as, "rule H: va 0x3fffe00000: ");
  as.high[0] = 0;
  aspace_destroy(&as);
}

static void rule_K_is_checked(void)
{
  const uint64 regions[] = {PLIC, UART0, KERNBASE, KSTACK(1), TRAMPOLINE};

  for (int i = 0; i < 5; i++) {
    int level;
    pte_t *entry = pt_find(kernel_pagetable, regions[i], &level);
    *entry ^= PTE_U;
    printed_clear();
    CHECK_EQ(aspace_check_global(), 1);
    CHECK(strstr(printed(), "rule K: va 0x") == printed());
    *entry ^= PTE_U;
  }
  CHECK_EQ(aspace_check_global(), 0);
}

static void rule_W_is_checked(void)
{
  struct aspace as;
  CHECK_EQ(build_aspace(&as), 0);
  pte_t *entry = walk(as.pagetable, PGSIZE, 0);
  *entry |= PTE_X;
  check_reported(&as, "rule W: va 0x1000: ");
  *entry &= ~PTE_X;
  aspace_destroy(&as);
}

static void segments_may_ask_for_write_and_execute(void)
{
  struct aspace as;
  CHECK_EQ(aspace_create_process(&as), 0);
  CHECK_EQ(map_fresh(&as, 0, PTE_R | PTE_W | PTE_X), 0);
  CHECK_EQ(aspace_check(&as), 0);
  aspace_destroy(&as);
}

static void test_mirror(void)
{
  RUN(rule_M_is_checked);
  RUN(rule_S_is_checked);
  RUN(rule_H_is_checked);
}

int main(void)
{
  host_kernel(100 + KERNEL_PAGES);
  RUN(rule_U_is_checked);
  RUN(rule_W_is_checked);
  RUN(rule_K_is_checked);
  RUN(segments_may_ask_for_write_and_execute);
  if (has_mirror())
    test_mirror();
  return check_result();
}
