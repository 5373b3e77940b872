KERNEL_OBJS += kernel/mm/page.o kernel/mm/pt.o kernel/mm/kvm.o
KERNEL_OBJS += kernel/mm/vmprint.o kernel/mm/kpagetable.o kernel/mm/copy_new.o
KERNEL_OBJS += kernel/mm/aspace.o kernel/mm/aspace_fault.o
KERNEL_OBJS += kernel/mm/aspace_switch.o kernel/mm/aspace_check.o
KERNEL_OBJS += kernel/mm/copy.o

# Its header refuses one that was written for an earlier header.
$(B)/kernel/mm/kpagetable.o: KERNEL_FLAGS += -DKPAGETABLE_SOURCE

# A copy is often of a few bytes: to link its frame would cost as much.
$(B)/kernel/mm/copy.o $(B)/kernel/mm/copy_new.o: \
  KERNEL_FLAGS += -fomit-frame-pointer

MM_HOST_SRCS := tests/host/memory.c tests/host/stubs.c conf/debug.c \
  kernel/mm/page.c kernel/mm/pt.c
MM_ASPACE_HOST_SRCS := $(MM_HOST_SRCS) tests/host/aspace.c \
  kernel/mm/aspace.c kernel/mm/aspace_fault.c kernel/mm/aspace_switch.c \
  kernel/mm/aspace_check.c kernel/mm/kpagetable.c kernel/mm/kvm.c \
  kernel/mm/copy.c kernel/mm/copy_new.c tests/host/mmu.c $(UNSOLVED_SRCS)

HOST_TESTS += $(addprefix kernel/mm/,page_test page_block_test pt_test vmprint_test \
  kvm_test aspace_test aspace_check_test aspace_large_test aspace_share_test \
  aspace_ahead_test aspace_failure_test aspace_random_test aspace_model_test \
  copy_test copy_new_test)
kernel/mm/page_test_SRCS := kernel/mm/page_test.c $(MM_HOST_SRCS)
kernel/mm/page_block_test_SRCS := kernel/mm/page_block_test.c $(MM_HOST_SRCS)
kernel/mm/pt_test_SRCS := kernel/mm/pt_test.c $(MM_HOST_SRCS)
kernel/mm/vmprint_test_SRCS := kernel/mm/vmprint_test.c $(MM_HOST_SRCS) \
  kernel/mm/vmprint.c
kernel/mm/kvm_test_SRCS := kernel/mm/kvm_test.c $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_test_SRCS := kernel/mm/aspace_test.c $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_check_test_SRCS := kernel/mm/aspace_check_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_large_test_SRCS := kernel/mm/aspace_large_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_ahead_test_SRCS := kernel/mm/aspace_ahead_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_share_test_SRCS := kernel/mm/aspace_share_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_failure_test_SRCS := kernel/mm/aspace_failure_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_random_test_SRCS := kernel/mm/aspace_random_test.c \
  $(MM_ASPACE_HOST_SRCS)
kernel/mm/aspace_model_test_SRCS := kernel/mm/aspace_model_test.c \
  tests/host/aspace_model.c tests/host/aspace_operations.c \
  tests/host/aspace_audit.c $(MM_ASPACE_HOST_SRCS)
kernel/mm/copy_test_SRCS := kernel/mm/copy_test.c $(MM_ASPACE_HOST_SRCS)
kernel/mm/copy_new_test_SRCS := kernel/mm/copy_new_test.c $(MM_ASPACE_HOST_SRCS)
