# A kernel whose exercises are not solved, or wrongly: conf/unsolved.c is linked
# with it, and calls of these functions go there. That is so in a handout, which
# has no conf/handout, where the file of an exercise is still as it was handed
# out, hints and all, and in what is built with UNSOLVED=1.

EXERCISES := $(addprefix kernel/mm/,vmprint.c kpagetable.c copy_new.c)
ifndef UNSOLVED
UNSOLVED := $(if $(wildcard conf/handout),$(shell grep -qs '^/\* Hints\.' \
  $(EXERCISES) && echo 1),1)
endif
UNSOLVED_CALLS := aspace_init aspace_check aspace_check_fast \
  aspace_set_two_tables page_fault address_space_entering_user copy_set_mode \
  kpagetable_create kpagetable_free kpagetable_set_slot

ifeq ($(UNSOLVED),1)
KERNEL_OBJS += conf/unsolved.o
KERNEL_LINK_FLAGS += $(addprefix --wrap=,$(UNSOLVED_CALLS))
UNSOLVED_SRCS := conf/unsolved.c
endif

# For host tests with conf/unsolved.o.
comma := ,
unsolved_link = $(if $(filter %/unsolved.o,$^),\
  $(addprefix -Wl$(comma)--wrap=,$(UNSOLVED_CALLS)))

HOST_TESTS += conf/unsolved_test
conf/unsolved_test_SRCS = conf/unsolved_test.c conf/unsolved.c \
  $(filter-out conf/unsolved.c,$(MM_ASPACE_HOST_SRCS))
