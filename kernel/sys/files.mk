KERNEL_OBJS += kernel/sys/syscall.o kernel/sys/args.o
KERNEL_OBJS += kernel/sys/sys_proc.o kernel/sys/sys_exec.o
KERNEL_OBJS += kernel/sys/sys_file.o kernel/sys/sys_path.o
KERNEL_OBJS += kernel/sys/sys_vm.o kernel/sys/sys_system.o
