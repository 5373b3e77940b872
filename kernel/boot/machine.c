#include "boot/machine.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/image.h"
#include "arch/mmio.h"
#include "boot/boot.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "mm/kvm.h"
#include "mm/page.h"

#define MIB (1024 * 1024UL)

/* What QEMU makes is far smaller. */
#define FDT_SIZE_MAX MIB
#define FDT_ALIGN 8

#define RAM_MIN (32 * MIB)
#define RAM_UNRESERVED_MIN (RAM_MIN / 2)

/* The direct map ends where the kernel's stacks have their GiB. */
#define RAM_END_MAX (KSTACK_END - ROOT_SLOT_SIZE)

/* Slices and deadlines are counted in milliseconds. */
#define TIMEBASE_MIN 1000

char hart_stacks[NCPU][KSTACK_BLOCK] __attribute__((aligned(KSTACK_BLOCK)));

#define STATUS_MAX 127

void power_off(int status)
{
  irq_disable();
  if (status < 0 || status > STATUS_MAX)
    status = STATUS_MAX;
  io_fence(); /* the disk has heard of all that it is to do */
  mmio_write32(FINISHER, status == 0 ? FINISHER_PASS
                                     : (uint32)status << FINISHER_STATUS_SHIFT |
                                           FINISHER_FAIL);
  for (;;)
    wait_for_interrupt();
}

void machine_refuse(const char *format, ...)
{
  va_list args;

  va_start(args, format);
  printk("xv6 cannot run on this machine: ");
  vprintk(format, args);
  printk("\n");
  va_end(args);
  power_off(STATUS_REFUSED);
}

void machine_read(uint64 fdt, struct machine *machine)
{
  if (fdt < KERNBASE || fdt % FDT_ALIGN != 0)
    machine_refuse("no device tree at 0x%lx", fdt);

  const char *problem = fdt_read((const void *)fdt, FDT_SIZE_MAX, machine);
  if (problem != NULL)
    machine_refuse("bad device tree: %s", problem);

  uint64 ram = machine_ram_end(machine) - KERNBASE;
  if (ram < RAM_MIN)
    machine_refuse("it has %lu MiB of RAM, %lu are needed", ram / MIB,
                   RAM_MIN / MIB);
  if (machine->timebase < TIMEBASE_MIN)
    machine_refuse("its clock counts %lu times a second, %d are needed",
                   machine->timebase, TIMEBASE_MIN);
  if (machine->nplics != 1)
    machine_refuse("it has %d PLICs (interrupt controllers), one is needed",
                   machine->nplics);
}

uint64 machine_ram_end(const struct machine *machine)
{
  return min_u64(machine->ram_start + machine->ram_size, RAM_END_MAX);
}

/* The lowest reserved range that reaches above from: its number, or -1. */
static int next_reserved(const struct machine *machine, uint64 from)
{
  int lowest = -1;

  for (int i = 0; i < machine->nreserved; i++) {
    uint64 start = machine->reserved[i].start;
    if (start + machine->reserved[i].size <= from)
      continue;
    if (lowest < 0 || start < machine->reserved[lowest].start)
      lowest = i;
  }
  return lowest;
}

void machine_add_ram(const struct machine *machine)
{
  uint64 from = (uint64)kernel_end, end = machine_ram_end(machine);

  while (from < end) {
    int i = next_reserved(machine, from);
    uint64 start = i >= 0 ? machine->reserved[i].start : end;
    if (start > from)
      page_add_range(from, min_u64(start, end));
    from = i >= 0 ? start + machine->reserved[i].size : end;
  }

  uint64 left = pages_free() * PGSIZE;
  if (left < RAM_UNRESERVED_MIN)
    machine_refuse("%lu MiB of its RAM are not reserved, %lu are needed",
                   left / MIB, RAM_UNRESERVED_MIN / MIB);
}

void machine_add_hart(uint64 hartid)
{
  struct hart *hart = &harts[nharts];

  hart->index = nharts;
  hart->hartid = hartid;
  hart->emergency_sp = (uint64)hart_stacks[nharts] + KSTACK_SIZE;
  nharts++;
}

void machine_add_other_harts(const struct machine *machine)
{
  for (int i = 0; i < machine->nharts && nharts < NCPU; i++) {
    if (machine->hartid[i] != harts[0].hartid)
      machine_add_hart(machine->hartid[i]);
  }
}
