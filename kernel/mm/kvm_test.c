/* The global kernel table on the host: what it maps, and what happens when
 * memory is out at boot. */
#include "mm/kvm.h"
#include <string.h>
#include "arch/csr.h"
#include "arch/image.h"
#include "kernel/memlayout.h"
#include "lib/debug.h"
#include "lib/panic.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "tests/host/check.h"
#include "tests/host/memory.h"
#include "tests/host/stubs.h"

#define RAM_END (KERNBASE + (128L << 20))
#define DEVICES_END (VIRTIO0 + 8 * PGSIZE)
#define RW (PTE_R | PTE_W)

static void build(void)
{
  kvminit(RAM_END);
}

/* What maps va, and whether its leaf is a page; 0: nothing does. */
static pte_t word_at(uint64 va, bool *is_page)
{
  int level;
  pte_t word = *pt_find(kernel_pagetable, va, &level);

  *is_page = level == 0;
  return word;
}

static void check_hole(uint64 va)
{
  bool is_page;
  CHECK_EQ(word_at(va, &is_page), 0);
}

/* Ends of [start, end) have these rights, and are where they are mapped. */
static void check_region(uint64 start, uint64 end, pte_t rights)
{
  const uint64 ends[] = {start, end - PGSIZE};
  bool is_page;

  for (int i = 0; i < 2; i++) {
    pte_t word = word_at(ends[i], &is_page);
    CHECK_EQ(word & (PTE_RWX | PTE_U | PTE_V), rights | PTE_V);
    CHECK_EQ(PTE2PA(word), is_page ? ends[i] : SUPERPGROUNDDOWN(ends[i]));
  }
}

static void each_region_has_its_rights(void)
{
  check_region(FINISHER, FINISHER + PGSIZE, RW);
  check_region(PLIC, PLIC + (64L << 20), RW);
  check_region(UART0, DEVICES_END, RW);
  check_hole(DEVICES_END);
  check_hole(KERNBASE - PGSIZE);
  check_region(KERNBASE, (uint64)text_start, RW);
  check_region((uint64)text_start, (uint64)text_end, PTE_R | PTE_X);
  check_region((uint64)rodata_start, (uint64)rodata_end, PTE_R);
  check_region((uint64)rodata_end, RAM_END, RW);
  check_hole(RAM_END);
}

static void ram_has_large_leaves(void)
{
  bool is_page;

  word_at(PLIC, &is_page);
  CHECK(!is_page);
  word_at(KERNBASE + SUPERPGSIZE, &is_page);
  CHECK(!is_page);
  word_at(KERNBASE, &is_page);
  CHECK(is_page);
}

static void each_stack_has_a_hole_below(void)
{
  bool is_page;

  for (int i = 0; i < NKSTACK; i++) {
    check_hole(KSTACK(i) - PGSIZE);
    for (uint64 va = KSTACK(i); va < (uint64)KSTACK_TOP(i); va += PGSIZE) {
      pte_t word = word_at(va, &is_page);
      CHECK_EQ(word & (PTE_RWX | PTE_U | PTE_V), RW | PTE_V);
    }
  }
  pte_t word = word_at(TRAMPOLINE, &is_page);
  CHECK_EQ(word, pte_make_leaf((uint64)trampoline, PTE_R | PTE_X | PTE_G));
}

static void harts_run_on_it(void)
{
  csr_write(satp, 0);
  kvminithart();
  CHECK_EQ(csr_read(satp), kvm_satp());
}

/* Each allocation of the boot fails once. */
static void a_boot_without_memory_says_so(void)
{
  int nfailed = 0;
  bool fails = true;

  while (fails) {
    printed_clear();
    page_fail_nth(nfailed + 1);
    fails = host_panics(build);
    page_fail_nth(0);
    if (fails) {
      CHECK(strstr(printed(), "no memory for ") == printed());
      nfailed++;
    }
  }
  CHECK(nfailed > NKSTACK * KSTACK_SIZE / PGSIZE);
}

int main(void)
{
  host_memory(16000); /* what a boot that fails has taken is lost */
  build();
  RUN(each_region_has_its_rights);
  RUN(ram_has_large_leaves);
  RUN(each_stack_has_a_hole_below);
  RUN(harts_run_on_it);
  RUN(a_boot_without_memory_says_so);
  return check_result();
}
