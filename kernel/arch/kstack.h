/* The shape of every kernel stack, the harts' own included: the upper half of
 * a block aligned to its size. So one bit of sp tells a stack that has
 * overflowed, and rounding sp up gives the stack's top. Below a thread's
 * stack is a hole; below a hart's is its emergency stack. */
#ifndef ARCH_KSTACK_H
#define ARCH_KSTACK_H

#define KSTACK_SHIFT 13
#define KSTACK_SIZE (1 << KSTACK_SHIFT)
#define KSTACK_BLOCK (2 * KSTACK_SIZE)

#endif
