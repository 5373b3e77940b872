/* What our own commands share, beyond what user.h promises to everybody. */
#ifndef USER_LIB_UTIL_H
#define USER_LIB_UTIL_H

/* Write all nbytes, in as many calls as it takes. 0, or -1: some bytes could
 * not be written. */
int fd_write_all(int fd, const void *buf, int nbytes);

/* Read a whole decimal number without sign, at most INT_MAX. 0, or -1 with
 * *value unchanged: empty, too large, or other characters in it. */
int parse_number(const char *text, int *value);

/* Fill buf with what a device of kernel/fs/counters.c tells, as statistics does
 * for one of them. The bytes filled in, or -1: it cannot be opened. */
int read_device_text(const char *path, void *buf, int nbytes);

/* All counters of the kernel, lines "NAME: VALUE" closed by a NUL. Their
 * length; -1 with an empty text: they cannot be read. */
#define COUNTERS_ROOM 4096
int read_counters(char text[COUNTERS_ROOM]);

/* What stands behind "NAME: " in them; NULL: there is no such line. */
const char *counter_text(const char *counters, const char *name);

/* One of them, read anew, that is a number below 2^31; -1: there is none. */
int counter_value(const char *name);

#endif
