/* What our own commands share, beyond what user.h promises to everybody. */
#ifndef USER_LIB_UTIL_H
#define USER_LIB_UTIL_H

/* Write all nbytes, in as many calls as it takes. 0, or -1: some bytes could
 * not be written. */
int fd_write_all(int fd, const void *buf, int nbytes);

/* Read a whole decimal number without sign, at most INT_MAX. 0, or -1 with
 * *value unchanged: empty, too large, or other characters in it. */
int parse_number(const char *text, int *value);

/* The number behind "NAME:" in the kernel's statistics; -1: there is none. */
int statistic_value(const char *name);

#endif
