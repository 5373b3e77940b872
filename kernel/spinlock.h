/* Nothing for user programs: every init.c includes this name. The kernel's
 * own lock is in kernel/sync/spinlock.h. */
