/* The global kernel table, built once at boot. What it maps is listed in
 * mm/kvm.h, and how tables are made in mm/pt.h: read both before. */
#include "mm/kvm.h"
#include "arch/csr.h"
#include "arch/image.h"
#include "lib/panic.h"
#include "mm/page.h"
#include "mm/pt.h"

pagetable_t kernel_pagetable;

#define PLIC_SIZE (64 * 1024 * 1024L)
#define VIRTIO_SIZE (8 * PGSIZE)

/* Map [start, end) at its own addresses. Inlined, the compiler would fold
 * KERNBASE into the linker's symbols, and get addresses out of their reach. */
static __attribute__((noinline)) void map_region(uint64 start, uint64 end,
                                                 uint64 perm)
{
  if (mappages(kernel_pagetable, start, end - start, start, perm) < 0)
    panic("no memory for the kernel page table");
}

void kvminit(uint64 ram_end)
{
  uint64 text = (uint64)text_start, rodata = (uint64)rodata_start;
  uint64 data = (uint64)rodata_end;
  kernel_pagetable = kalloc_zeroed();
  if (kernel_pagetable == NULL)
    panic("no memory for the kernel page table");

  /* Private tables share all but the finisher, which is where the mirror is. */
  map_region(FINISHER, FINISHER + PGSIZE, PTE_R | PTE_W);
  map_region(PLIC, PLIC + PLIC_SIZE, PTE_R | PTE_W);
  map_region(UART0, UART0 + PGSIZE, PTE_R | PTE_W);
  map_region(VIRTIO0, VIRTIO0 + VIRTIO_SIZE, PTE_R | PTE_W);

  /* No page is both writable and executable (rule W). Below the text may be
   * RAM that firmware has: nobody asks for it. */
  if (text > KERNBASE)
    map_region(KERNBASE, text, PTE_R | PTE_W);
  map_region(text, (uint64)text_end, PTE_R | PTE_X);
  map_region(rodata, data, PTE_R);
  map_region(data, ram_end, PTE_R | PTE_W);

  /* The hole below each stack makes an overflow fault. */
  for (int i = 0; i < NKSTACK; i++) {
    for (uint64 offset = 0; offset < KSTACK_SIZE; offset += PGSIZE) {
      void *page = kalloc();
      if (page == NULL || mappages(kernel_pagetable, KSTACK(i) + offset, PGSIZE,
                                   (uint64)page, PTE_R | PTE_W) < 0)
        panic("no memory for kernel stack %d", i);
    }
  }

  /* It is the same page at the same address in every table: so it is global,
   * and no change of satp makes a TLB forget it. */
  if (mappages(kernel_pagetable, TRAMPOLINE, PGSIZE, (uint64)trampoline,
               PTE_R | PTE_X | PTE_G) < 0)
    panic("no memory for the trampoline");
}

uint64 kvm_satp(void)
{
  return MAKE_SATP(kernel_pagetable, 0);
}

void kvminithart(void)
{
  tlb_flush(); /* the stores of kvminit, before the first translation */
  csr_write(satp, kvm_satp());
  tlb_flush();
}
