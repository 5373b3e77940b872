/* The test finisher of the virt machine (SiFive test device): a word written
 * to its only register ends QEMU; a status stands in the upper half. */
#ifndef ARCH_FINISHER_H
#define ARCH_FINISHER_H

#define FINISHER_FAIL 0x3333
#define FINISHER_PASS 0x5555
#define FINISHER_STATUS_SHIFT 16

/* The status by which a machine is refused. */
#define STATUS_REFUSED 1

#endif
