/* The end of the machine, by its test finisher. */
#ifndef DEV_POWER_H
#define DEV_POWER_H

/* End QEMU with this exit status (0..127; more is cut to 127). The global
 * kernel table, or none, must be loaded on this hart. */
void power_off(int status) __attribute__((noreturn));

#endif
