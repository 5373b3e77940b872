KERNEL_OBJS += kernel/arch/hart.o kernel/arch/sbi_call.o

ifeq ($(LATENCY),1)
  KERNEL_OBJS += kernel/arch/latency.o
endif
