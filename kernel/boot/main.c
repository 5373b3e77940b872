/* Where the rooms are wired together. */
#include "boot/boot.h"
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/sbi.h"
#include "boot/machine.h"
#include "dev/disk.h"
#include "dev/plic.h"
#include "dev/uart.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "kernel/memlayout.h"
#include "lib/panic.h"
#include "lib/print.h"
#include "mm/aspace.h"
#include "mm/kvm.h"
#include "proc/proc.h"
#include "sync/chance.h"
#include "trap/clock.h"
#include "trap/trap.h"

#define HARTS_WAIT_MS 3000

static uint nstarted; /* harts beside the first that have told so; atomic */

/* The words that a debug build looks for. */
static void read_debug_options(const struct machine *machine)
{
  uint64 seed;

  if (bootargs_number(machine, "yield", &seed)) {
    printk("yields at random, seed %lu\n", seed);
    chance_start(seed);
  }
}

/* Until the device tree is read, nobody can say that a panic is to halt. */
static void find_machine(uint64 hartid, uint64 fdt, struct machine *machine)
{
  uart_init();
  print_to(uart_send_queued, uart_put_now);
  printk("\nxv6 kernel is booting\n\n");

  machine_add_hart(hartid);
  panic_set_exit(true);
  trap_init_hart();
  machine_read(fdt, machine);
  machine_add_other_harts(machine);
  panic_set_exit(bootargs_has(machine, "panic=exit"));
  if (DEBUG)
    read_debug_options(machine);
}

static void start_memory(const struct machine *machine)
{
  machine_add_ram(machine);
  kvminit(machine_ram_end(machine));
  kvminithart();
  if ((csr_read(satp) & SATP_SV39) != SATP_SV39)
    machine_refuse("it has no Sv39 page tables");
}

static void start_devices(void)
{
  const char *problem = disk_init();
  if (problem != NULL)
    machine_refuse("%s", problem);
  uart_enable_interrupts();
}

/* What each hart does for itself, on the global table. */
static void start_hart(void)
{
  asid_probe();
  csr_write(scounteren, COUNTEREN_ALL);
  trap_init_hart();
  plic_init_hart();
  clock_init_hart();
}

static void start_kernel(void)
{
  binit();
  initlog();
  iinit();
  fileinit();
  consoleinit();
  countersinit();
  aspace_init();
  proc_init();
  kthread_start(log_thread, NULL, "log");
}

/* What programs print may fall into a message of the kernel's. So the first
 * waits until all harts have told that they started; but not long for one
 * that never comes. */
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

  find_machine(hartid, fdt, &machine);
  start_memory(&machine);
  start_devices();
  clock_init(machine.timebase);
  if (!bootargs_has(&machine, "sum=closed"))
    trap_leave_sum_set(bootargs_has(&machine, "sum=open"));
  start_hart();
  start_kernel();
  start_other_harts();
  asid_settle(!bootargs_has(&machine, "asid=off"));
  aspace_set_two_tables(bootargs_has(&machine, "twotables"));
  proc_start_first();
  scheduler();
}

void main_other(void)
{
  kvminithart();
  start_hart();
  printk("hart %d starting\n", this_hart()->index);
  __atomic_fetch_add(&nstarted, 1, __ATOMIC_RELAXED);
  if (!asid_suffices()) {
    printk("hart %d came late and has too few ASIDs: it rests\n",
           this_hart()->index);
    for (;;)
      wait_for_interrupt();
  }
  scheduler();
}
