KERNEL_OBJS += kernel/proc/table.o kernel/proc/thread.o
KERNEL_OBJS += kernel/proc/sched.o kernel/proc/runqueue.o kernel/proc/swtch.o
KERNEL_OBJS += kernel/proc/channel.o kernel/proc/timed.o
KERNEL_OBJS += kernel/proc/fork.o kernel/proc/exit.o kernel/proc/first.o
KERNEL_OBJS += kernel/proc/power_down.o
KERNEL_OBJS += kernel/proc/exec.o kernel/proc/elf.o kernel/proc/growproc.o
KERNEL_OBJS += kernel/proc/descriptors.o kernel/proc/inspect.o

HOST_TESTS += kernel/proc/elf_test kernel/proc/runqueue_test
kernel/proc/elf_test_SRCS := kernel/proc/elf_test.c kernel/proc/elf.c
kernel/proc/runqueue_test_SRCS := kernel/proc/runqueue_test.c \
  kernel/proc/runqueue.c tests/host/stubs.c

FUZZ_TARGETS += kernel/proc/elf_fuzz
kernel/proc/elf_fuzz_SRCS := kernel/proc/elf_fuzz.c kernel/proc/elf.c
