KERNEL_OBJS += kernel/boot/entry.o kernel/boot/main.o
