/* The firmware: our own M-mode code, for a machine that is booted bare. Every
 * hart starts in it, and gets ready for S-mode. The first to arrive enters
 * the kernel; the others wait until the kernel starts them (SBI 1.0, Hart
 * State Management). From then on the firmware answers SBI calls and passes
 * timer and software interrupts on to S-mode; all else is S-mode's own.
 *
 * M-mode runs with interrupts off, on a small stack per hart. mscratch holds
 * the top of that stack while the hart is in a lower mode, and 0 while it is
 * in M-mode, so that the vector can tell a fault of the firmware itself. */
#ifndef SBI_FIRMWARE_H
#define SBI_FIRMWARE_H

#include "kernel/param.h"

#define MSTACK_SHIFT 11
#define MSTACK_SIZE (1 << MSTACK_SHIFT)

/* Offsets in struct mframe, for assembly. */
#define MFRAME_A 64
#define MFRAME_SP 128
#define MFRAME_SIZE 144

#ifndef __ASSEMBLER__
#include "arch/csr.h"

/* What a C function may change of the interrupted code's registers. */
struct mframe {
  uint64 ra;
  uint64 t[7];
  uint64 a[8];
  uint64 sp;
  uint64 pad; /* keeps sp aligned to 16 bytes */
};

/* What the firmware knows of a hart. The one that moves state on from
 * MHART_STOPPED fills in entry and opaque, then sets MHART_START_PENDING;
 * after that the hart itself does. */
enum mhart_state {
  MHART_STOPPED,
  MHART_CLAIMED, /* by a starter, who fills in entry and opaque */
  MHART_START_PENDING,
  MHART_STARTED,
};

struct mhart {
  enum mhart_state state; /* by atomics only */
  uint64 entry;           /* where to start in S-mode */
  uint64 opaque;          /* with this in a1 */
  bool has_sstc;          /* S-mode sets its timer itself */
};

/* By hart id. Of the harts with higher ids nothing is known: they are off. */
extern struct mhart mharts[NCPU];

/* Say that the harts lack this, and end the machine. For any number of harts,
 * before any other uses the port. */
void isa_lacks(const char *what) __attribute__((noreturn));

/* From the entry: make this hart ready, then go to S-mode or wait. */
void firmware_start(uint64 hartid, uint64 fdt) __attribute__((noreturn));

/* Where every M-mode trap arrives, and its C part. */
void mtrap_vector(void);
void mtrap(struct mframe *frame);

/* An ecall from S-mode: the arguments are in the frame, and the results go
 * there. */
void sbi_answer(struct mframe *frame);

/* A trap that M-mode does not expect: say so and stop this hart. */
void mtrap_unexpected(void) __attribute__((noreturn));

/* Leave for S-mode: a0 = hartid, a1 = opaque, at entry. mstatus is set. */
void enter_supervisor(uint64 hartid, uint64 opaque, uint64 entry)
    __attribute__((noreturn));

/* Supplied by a higher layer (boot/): where the kernel starts in S-mode, with
 * a0 = hart id, a1 = device tree. */
extern char boot_entry[];

#endif

#endif
