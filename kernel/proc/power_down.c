/* The orderly end of the machine. */
#include "proc/proc.h"
#include "dev/uart.h"
#include "fs/log.h"
#include "lib/panic.h"
#include "lib/print.h"

void power_down_unsynced(int status)
{
  uart_drain();
  irq_push(); /* or a switch would take the global table away again */
  panic_use_global_table();
  power_off(status);
}

void power_down(int status)
{
  if (log_stop() < 0)
    printk("sync failed: the disk may lack the last changes\n");
  power_down_unsynced(status);
}
