KERNEL_OBJS += kernel/sync/spinlock.o kernel/sync/sleeplock.o
KERNEL_OBJS += kernel/sync/lock_class.o
KERNEL_LIB_OBJS += kernel/sync/lock_order.o

HOST_TESTS += kernel/sync/lock_class_test kernel/sync/lock_order_test
HOST_TESTS += kernel/sync/sleeplock_test
lock_SRCS := kernel/sync/lock_class.c kernel/sync/lock_order.c \
  conf/debug.c tests/host/stubs.c
kernel/sync/lock_class_test_SRCS := kernel/sync/lock_class_test.c $(lock_SRCS)
kernel/sync/lock_order_test_SRCS := kernel/sync/lock_order_test.c $(lock_SRCS)
kernel/sync/sleeplock_test_SRCS := kernel/sync/sleeplock_test.c \
  kernel/sync/sleeplock.c $(lock_SRCS)
