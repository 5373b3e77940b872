/* The records of all harts, and the calls by which a hart asks the machine
 * for something: its timer, an interrupt of another hart, a hart's start.
 * S-mode cannot do these by itself; it calls M-mode, as a program calls the
 * kernel, by ecall. SBI 1.0, Binary Encoding. Read arch/sbi.h before. */
#include "arch/hart.h"
#include "arch/sbi.h"
#include "lib/panic.h"

struct hart harts[NCPU];
int nharts;

uint64 harts_sum(uint64 offset)
{
  uint64 sum = 0;

  for (int i = 0; i < nharts; i++)
    sum += __atomic_load_n((uint64 *)((char *)&harts[i] + offset),
                           __ATOMIC_RELAXED);
  return sum;
}

/* Make a call of up to three arguments, and return its error. The value in a1
 * is dropped: no call that the kernel makes returns one. */
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
