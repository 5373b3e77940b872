/* Access to user memory in proofs: what kernel/mm/user_access.h says in
 * assembly, as its contract. Whatever is touched must be below USER_VA_STOP
 * while user access is open. */
#ifndef MM_USER_ACCESS_H
#define MM_USER_ACCESS_H

#include "kernel/memlayout.h"
#include "lib/base.h"

typedef uint64 __attribute__((may_alias)) user_word;

/* Of the proof. */
void user_access_begin(void);
void user_access_end(void);
bool user_load_word(uint64 va, user_word *word);
int user_copy_in(void *dst, uint64 srcva, uint64 nbytes);
int user_copy_out(uint64 dstva, const void *src, uint64 nbytes);

#endif
