KERNEL_OBJS += kernel/boot/entry.o kernel/boot/main.o kernel/boot/machine.o
