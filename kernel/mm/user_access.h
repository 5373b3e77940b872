/* Access to user memory from S-mode. Read arch/csr.h (sstatus) before.
 *
 * S-mode may touch pages with PTE_U only while sstatus.SUM is set: that is user
 * access, which one routine begins and ends, with no sleep between. RISC-V
 * Privileged 1.12, Memory Privilege in sstatus Register. The primitives below
 * may be called in between. They check no address: the caller does, before.
 *
 * The instruction that touches the user's operand has an entry in the exception
 * table: its address, and that of its fixup. If it faults and the page cannot
 * be had, trap/trap.c goes on at the fixup, and the primitive fails. */
#ifndef MM_USER_ACCESS_H
#define MM_USER_ACCESS_H

#include "arch/csr.h"
#include "arch/hart.h"
#include "lib/base.h"

/* A word of any data: the primitives know nothing of its type. */
typedef uint64 __attribute__((may_alias)) user_word;

/* Where SUM is set for good, these two change nothing. */
static inline void user_access_begin(void)
{
  csr_set(sstatus, sum_bit());
}

static inline void user_access_end(void)
{
  csr_clear(sstatus, sum_bit());
}

/* Load the word at user va, a multiple of 8. False: the page cannot be had. */
static inline bool user_load_word(uint64 va, user_word *word)
{
  uint64 loaded;
  __asm__ goto("1: ld %0, (%1)\n"
               ".pushsection .extable, \"a\"\n"
               ".balign 8\n"
               ".dword 1b, %l[on_fault]\n"
               ".popsection"
               : "=r"(loaded)
               : "r"(va)
               : "memory"
               : on_fault);
  /* gcc 12 at -Og takes the output from before the load (its bug 113921),
   * unless the load's way out begins with an instruction that stays. */
  __asm__ volatile("");
  *word = loaded;
  return true;
on_fault:
  return false;
}

/* Copy nbytes between the kernel and user memory, at any alignment. 0, or -1: a
 * page cannot be had, and a part of the bytes may have been copied. */
int user_copy_out(uint64 dstva, const void *src, uint64 nbytes);
int user_copy_in_any(void *dst, uint64 srcva, uint64 nbytes);

/* Most copies in are of an aligned pointer or number. */
static inline int user_copy_in(void *dst, uint64 srcva, uint64 nbytes)
{
  uint64 misaligned = ((uint64)dst | srcva) % sizeof(user_word);
  if ((misaligned | (nbytes ^ sizeof(user_word))) == 0)
    return user_load_word(srcva, dst) ? 0 : -1;
  return user_copy_in_any(dst, srcva, nbytes);
}

#endif
