KERNEL_OBJS += kernel/sync/spinlock.o kernel/sync/sleeplock.o
