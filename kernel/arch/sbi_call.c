/* The S-mode side of SBI 1.0, Binary Encoding. */
#include "arch/sbi.h"
#include "arch/hart.h"
#include "lib/panic.h"

/* Make a call of up to three arguments. The error; no call that the kernel
 * makes returns a value. */
static long sbi_call(uint64 extension, uint64 function, uint64 argument0,
                     uint64 argument1, uint64 argument2)
{
  register uint64 a0 __asm__("a0") = argument0;
  register uint64 a1 __asm__("a1") = argument1;
  register uint64 a2 __asm__("a2") = argument2;
  register uint64 a6 __asm__("a6") = function;
  register uint64 a7 __asm__("a7") = extension;
  __asm__ volatile("ecall"
                   : "+r"(a0), "+r"(a1)
                   : "r"(a2), "r"(a6), "r"(a7)
                   : "memory");
  return (long)a0;
}

void sbi_set_timer(uint64 deadline)
{
  sbi_call(SBI_EXT_TIMER, SBI_TIMER_SET, deadline, 0, 0);
}

void sbi_send_ipi(uint64 hartid)
{
  uint64 mask = 1; /* of harts, counted from hartid */

  debug_assert(this_hart()->irq_depth == 0 || panicked());
  this_hart()->ipis++;
  sbi_call(SBI_EXT_IPI, SBI_IPI_SEND, mask, hartid, 0);
}

int sbi_hart_start(uint64 hartid, uint64 entry, uint64 opaque)
{
  return (int)sbi_call(SBI_EXT_HSM, SBI_HSM_START, hartid, entry, opaque);
}
