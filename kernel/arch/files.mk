KERNEL_OBJS += kernel/arch/hart.o
KERNEL_LIB_OBJS += kernel/arch/latency.o
