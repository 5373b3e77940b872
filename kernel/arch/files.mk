KERNEL_OBJS += kernel/arch/hart.o

ifeq ($(LATENCY),1)
  KERNEL_OBJS += kernel/arch/latency.o
endif
