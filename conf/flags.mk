# How things are compiled and linked.
#   DEBUG=1   checks, poison and the kernel's own tests
#   LATENCY=1 the kernel records how long interrupts wait (conf/latency.c)
#   STRICT=1  warnings are errors. The tests ask for it; others may have a
#             compiler that warns of more than ours did.
#   OPT=-O0   another level of optimization than -O2, for kernel and programs

OPT ?= -O2
STRICTLY := $(filter 1,$(STRICT))
WARNINGS := -Wall -Wextra -Wmissing-prototypes $(if $(STRICTLY),-Werror)

# $(call if_accepted,FLAG,OTHER): FLAG if the compiler knows it, else OTHER.
# That something else is usual for a tool chain must not count.
if_accepted = $(shell $(CC) $(CC_TARGET) -march=rv64gc -mabi=lp64 $(strip $1) \
  -Werror -c -x c /dev/null -o /dev/null 2>/dev/null && echo $1 || echo $2)

# Linker relaxation is off: the kernel is linked twice and its text must not
# move in between, and not every lld can relax.
RISCV_FLAGS := $(CC_TARGET) -std=gnu11 $(OPT) -g -MMD -MP $(WARNINGS) \
  -ffreestanding -fno-common -fno-pie -fno-omit-frame-pointer \
  -fno-stack-protector -mcmodel=medany -mno-relax \
  -ffile-prefix-map="$$PWD"=. -I. $(if $(filter 1,$(DEBUG)),-DDEBUG=1) \
  $(if $(filter 1,$(LATENCY)),-DLATENCY=1)

ifneq ($(BUILD_GOALS),)
  # Loops must not become calls of the functions that they implement.
  RISCV_FLAGS += $(call if_accepted,-fno-tree-loop-distribute-patterns)

  # No floating point in the kernel. Older compilers take the CSR
  # instructions as part of the base.
  KERNEL_MARCH := $(call if_accepted,-march=rv64imac_zicsr_zifencei,\
    -march=rv64imac)
endif

KERNEL_FLAGS := $(RISCV_FLAGS) $(KERNEL_MARCH) -mabi=lp64 -iquote kernel

LAB_UPPER := $(shell echo $(LAB) | tr a-z A-Z)
USER_FLAGS := $(RISCV_FLAGS) -march=rv64gc -mabi=lp64 -DLAB_$(LAB_UPPER)

LINK_FLAGS := -m elf64lriscv -static -nostdlib -z max-page-size=4096 \
  -z noexecstack
KERNEL_LINK_FLAGS := $(LINK_FLAGS) $(if $(STRICTLY),--fatal-warnings)

HOST_FLAGS := -std=gnu11 -g -MMD -MP $(WARNINGS)
MKFS_FLAGS := $(HOST_FLAGS) -O2 -iquote kernel -I.

# Host tests are debug builds: they let allocations fail on purpose.
HOST_TEST_FLAGS := $(HOST_FLAGS) -O1 -fno-omit-frame-pointer \
  -fsanitize=address,undefined -fno-sanitize-recover=undefined \
  -iquote tests/host/include -iquote kernel -I. -DHOST -DDEBUG=1
