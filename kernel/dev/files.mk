KERNEL_OBJS += kernel/dev/uart.o kernel/dev/plic.o kernel/dev/disk.o

HOST_TESTS += kernel/dev/disk_test kernel/dev/uart_test
kernel/dev/disk_test_SRCS := kernel/dev/disk_test.c kernel/dev/disk.c \
  tests/host/stubs.c
kernel/dev/uart_test_SRCS := kernel/dev/uart_test.c kernel/dev/uart.c \
  tests/host/stubs.c
