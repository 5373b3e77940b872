KERNEL_OBJS += kernel/sys/syscall.o kernel/sys/sysproc.o kernel/sys/sysfile.o
