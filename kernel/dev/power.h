/* The test finisher of the virt machine (SiFive test device): ends QEMU. */
#ifndef DEV_POWER_H
#define DEV_POWER_H

/* End QEMU with this exit status (0..127; more is cut to 127). The global
 * kernel table, or none, must be loaded on this hart. */
void power_off(int status) __attribute__((noreturn));

#endif
