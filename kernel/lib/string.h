/* Bytes and strings. The first seven keep the contracts of the C standard,
 * because compilers emit calls to them; host builds take the host's. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/base.h"

void *memcpy(void *dst, const void *src, size_t nbytes);
void *memmove(void *dst, const void *src, size_t nbytes);
void *memset(void *dst, int byte, size_t nbytes);
int memcmp(const void *a, const void *b, size_t nbytes);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t nbytes);

/* Copy src into dst[0..room-1], cut to fit, always closed with a NUL.
 * room > 0. Returns dst. */
char *safestrcpy(char *dst, const char *src, size_t room);

/* Clear a whole page, or copy one to another; they are page aligned. */
void page_zero(void *page);
void page_copy(void *dst, const void *src);

#endif
