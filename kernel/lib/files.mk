KERNEL_OBJS += kernel/lib/string.o kernel/lib/copy.o kernel/lib/print.o
KERNEL_OBJS += kernel/lib/panic.o
KERNEL_OBJS += kernel/lib/fdt.o

HOST_TESTS += kernel/lib/fdt_test kernel/lib/fdt_damage_test \
  kernel/lib/print_test
fdt_SRCS := kernel/lib/fdt.c kernel/lib/string.c tests/host/fdt_tree.c
kernel/lib/fdt_test_SRCS := kernel/lib/fdt_test.c $(fdt_SRCS)
kernel/lib/fdt_damage_test_SRCS := kernel/lib/fdt_damage_test.c $(fdt_SRCS)
kernel/lib/print_test_SRCS := kernel/lib/print_test.c kernel/lib/print.c
