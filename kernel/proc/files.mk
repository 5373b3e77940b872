KERNEL_OBJS += kernel/proc/proc.o kernel/proc/fork.o kernel/proc/exec.o
KERNEL_OBJS += kernel/proc/elf.o kernel/proc/sched.o kernel/proc/swtch.o
KERNEL_OBJS += kernel/proc/sleep.o kernel/proc/inspect.o

HOST_TESTS += kernel/proc/elf_test kernel/proc/sched_test
kernel/proc/elf_test_SRCS := kernel/proc/elf_test.c kernel/proc/elf.c
kernel/proc/sched_test_SRCS := kernel/proc/sched_test.c \
  kernel/proc/sched.c tests/host/stubs.c

FUZZ_TARGETS += kernel/proc/elf_fuzz
kernel/proc/elf_fuzz_SRCS := kernel/proc/elf_fuzz.c kernel/proc/elf.c
