KERNEL_OBJS += kernel/arch/hart.o kernel/arch/sbi_call.o
