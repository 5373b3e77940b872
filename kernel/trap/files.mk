KERNEL_OBJS += kernel/trap/trampoline.o kernel/trap/kernelvec.o
KERNEL_OBJS += kernel/trap/trap.o kernel/trap/clock.o
