KERNEL_OBJS += kernel/arch/hart.o
