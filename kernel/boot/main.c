/* From the first C function to the scheduler: the one place that wires all
 * layers together. The boot hart comes from entry.S to main_boot, which reads
 * the device tree, sets up the layers from the lowest to the highest, starts
 * the other harts (they come to main_other) and makes the first process. Then
 * every hart is in the scheduler for ever.
 *
 * A machine on which the kernel cannot run is refused with a message.
 * power_off, which ends the machine, is here, too. */
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/image.h"
#include "arch/mmio.h"
#include "arch/sbi.h"
#include "dev/disk.h"
#include "dev/plic.h"
#include "dev/uart.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "kernel/memlayout.h"
#include "lib/debug.h"
#include "lib/fdt.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "mm/aspace.h"
#include "mm/kvm.h"
#include "mm/page.h"
#include "proc/sched.h"
#include "trap/clock.h"
#include "trap/trap.h"

#define MIB (1024 * 1024UL)
#define FDT_SIZE_MAX MIB /* what QEMU makes is far smaller */
#define FDT_ALIGN 8
#define RAM_MIN (32 * MIB)
#define RAM_UNRESERVED_MIN (RAM_MIN / 2)
#define TIMEBASE_MIN 1000 /* so that clock_from_ms(1) is not 0 */
#define HARTS_WAIT_MS 3000
#define STATUS_MAX 127

/* The direct map ends where the kernel's stacks have their GiB. */
#define RAM_END_MAX (KSTACK_END - ROOT_SLOT_SIZE)

/* In entry.S: where every hart starts. It goes on here, paging off, on its own
 * stack; the boot hart with its hardware id and the device tree's address. */
extern char boot_entry[];
void main_boot(uint64 hartid, uint64 fdt) __attribute__((noreturn));
void main_other(void) __attribute__((noreturn));

/* For each hart its stack, the upper half, and its emergency stack. */
char hart_stacks[NCPU][KSTACK_BLOCK] __attribute__((aligned(KSTACK_BLOCK)));

static uint nstarted; /* harts but for the first; counted by atomics */

/* The finisher's register is in the global table alone: it is below
 * USER_VA_STOP, where a private table has user memory. */
void power_off(int status)
{
  irq_disable();
  if (csr_read(satp) != 0)
    kvminithart();
  if (status < 0 || status > STATUS_MAX)
    status = STATUS_MAX;
  io_fence(); /* stores that a device may still read are in memory */
  mmio_write32(FINISHER, status == 0 ? FINISHER_PASS
                                     : (uint32)status << FINISHER_STATUS_SHIFT |
                                           FINISHER_FAIL);
  for (;;)
    wait_for_interrupt();
}

/* Say what the machine lacks, and end it with a failure. */
#define refuse(...)                                                            \
  (printk("xv6 cannot run on this machine: "), printk(__VA_ARGS__),            \
   printk("\n"), power_off(STATUS_REFUSED))

/* Enter a hart in harts[]; the first is the one that boots. */
static void add_hart(uint64 hartid)
{
  struct hart *hart = &harts[nharts];
  hart->index = nharts;
  hart->hartid = hartid;
  hart->emergency_sp = (uint64)hart_stacks[nharts] + KSTACK_SIZE;
  nharts++;
}

static uint64 ram_end(const struct machine *machine)
{
  return min_u64(machine->ram_start + machine->ram_size, RAM_END_MAX);
}

/* Read the device tree and enter the harts. Returns if the machine will do. */
static void read_machine(uint64 fdt, struct machine *machine)
{
  if (fdt < KERNBASE || fdt % FDT_ALIGN != 0)
    refuse("no device tree at 0x%lx", fdt);
  const char *problem = fdt_read((const void *)fdt, FDT_SIZE_MAX, machine);
  if (problem != NULL)
    refuse("bad device tree: %s", problem);

  uint64 ram = ram_end(machine) - KERNBASE;
  if (ram < RAM_MIN)
    refuse("it has %lu MiB of RAM, %lu are needed", ram / MIB, RAM_MIN / MIB);
  if (machine->timebase < TIMEBASE_MIN)
    refuse("its clock counts %lu times a second, %d are needed",
           machine->timebase, TIMEBASE_MIN);
  if (machine->nplics != 1)
    refuse("it has %d PLICs (interrupt controllers), one is needed",
           machine->nplics);

  for (int i = 0; i < machine->nharts && nharts < NCPU; i++) {
    if (machine->hartid[i] != harts[0].hartid)
      add_hart(machine->hartid[i]);
  }
}

/* Give the allocator all pages behind the kernel but the reserved ones. */
static void add_ram(const struct machine *machine)
{
  uint64 from = (uint64)kernel_end, end = ram_end(machine);
  page_init(from, end);
  while (from < end) {
    /* Up to the lowest reserved range above from; go on behind that. */
    uint64 to = end, next = end;
    for (int i = 0; i < machine->nreserved; i++) {
      uint64 start = machine->reserved[i].start;
      uint64 after = start + machine->reserved[i].size;
      if (after > from && start < to) {
        to = start;
        next = after;
      }
    }
    if (to > from)
      page_add_range(from, to);
    from = next;
  }

  uint64 left = pages_free() * PGSIZE;
  if (left < RAM_UNRESERVED_MIN)
    refuse("%lu MiB of its RAM are not reserved, %lu are needed", left / MIB,
           RAM_UNRESERVED_MIN / MIB);
}

/* What each hart does for itself, on the global table. */
static void init_hart(void)
{
  asid_probe();
  csr_write(scounteren, COUNTEREN_ALL);
  trap_init_hart();
  plic_init_hart();
  clock_init_hart();
}

/* What programs print may fall into a message of the kernel's. So the first
 * program waits until all harts have started; but not long. */
static void start_other_harts(void)
{
  uint ncoming = 0;
  for (int i = 1; i < nharts; i++) {
    int error = sbi_hart_start(harts[i].hartid, (uint64)boot_entry, 0);
    if (error == SBI_SUCCESS)
      ncoming++;
    else
      printk("hart %d does not start: SBI error %d\n", i, error);
  }

  uint64 until = clock_now() + clock_from_ms(HARTS_WAIT_MS);
  while (__atomic_load_n(&nstarted, __ATOMIC_RELAXED) < ncoming &&
         clock_now() < until)
    ;
}

void main_boot(uint64 hartid, uint64 fdt)
{
  static struct machine machine;

  /* A console, and traps that can report a bug. Until the device tree is read,
   * it is not known whether a panic is to halt, so it ends the machine. */
  uart_init();
  printk("\nxv6 kernel is booting\n\n");
  add_hart(hartid);
  panic_exits = true;
  trap_init_hart();

  /* The machine, and the options that are words of bootargs. */
  read_machine(fdt, &machine);
  panic_exits = bootargs_has(&machine, "panic=exit");
  if (DEBUG)
    debug_boot(machine.bootargs);

  /* Memory. What the device tree said is in struct machine: its own page may be
   * handed out from here on. Then paging comes on, and the next instruction is
   * where it was, since the global table maps RAM to its own addresses. A hart
   * that has no Sv39 leaves satp as it was. */
  add_ram(&machine);
  kvminit(ram_end(&machine));
  kvminithart();
  if ((csr_read(satp) & SATP_SV39) != SATP_SV39)
    refuse("it has no Sv39 page tables");

  /* Devices, and this hart; interrupts stay off until the scheduler. */
  const char *problem = disk_init();
  if (problem != NULL)
    refuse("%s", problem);
  uart_enable_interrupts();
  clock_init(machine.timebase);
  if (!bootargs_has(&machine, "sum=closed"))
    trap_leave_sum_set(bootargs_has(&machine, "sum=open"));
  init_hart();

  /* Files and processes. The log has a thread of its own: it runs as soon as a
   * hart is in the scheduler. */
  binit();
  initlog();
  iinit();
  aspace_init();
  procinit();
  kthread_start();

  /* Whether ASIDs are used is known once every hart has counted its own, and
   * has to be before the first process runs. */
  start_other_harts();
  asid_settle(!bootargs_has(&machine, "asid=off"));
  aspace_set_two_tables(bootargs_has(&machine, "twotables"));
  userinit();
  scheduler();
}

void main_other(void)
{
  /* All that harts share was made by the boot hart, before it started this. */
  kvminithart();
  init_hart();
  printk("hart %d starting\n", this_hart()->index);
  __atomic_fetch_add(&nstarted, 1, __ATOMIC_RELAXED);
  scheduler();
}
