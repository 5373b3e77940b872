/* SBI 1.0: the calls by which S-mode talks to the machine. Booted bare, sbi/
 * answers them; booted by OpenSBI, OpenSBI does. Extension id in a7, function
 * in a6, arguments in a0.., error in a0, value in a1. */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

#define SBI_EXT_TIMER 0x54494D45
#define SBI_TIMER_SET 0
#define SBI_EXT_IPI 0x735049
#define SBI_IPI_SEND 0
#define SBI_EXT_HSM 0x48534D
#define SBI_HSM_START 0

#define SBI_SUCCESS 0
#define SBI_ERR_NOT_SUPPORTED -2
#define SBI_ERR_INVALID_PARAM -3
#define SBI_ERR_ALREADY_AVAILABLE -6

#ifndef __ASSEMBLER__
#include "lib/base.h"

/* Interrupt this hart (STIP) when r_time() reaches deadline; clears a timer
 * interrupt that is pending. */
void sbi_set_timer(uint64 deadline);

/* Raise SSIP on the hart with this hardware id. That hart may come at once and
 * want what this one holds, while this one is still in M-mode: so no spinlock
 * is held (debug builds check that), unless there is a panic. */
void sbi_send_ipi(uint64 hartid);

/* Start a stopped hart in S-mode at physical address entry with a0 = its id
 * and a1 = opaque, paging and interrupts off. 0, or the SBI error. */
int sbi_hart_start(uint64 hartid, uint64 entry, uint64 opaque);

#endif

#endif
