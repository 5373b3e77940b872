# What runs on this machine: mkfs, fsck, and the tests that need no kernel.

all: $(FSCK)

MKFS_OBJECTS := $(addprefix $(B)/,$(MKFS_OBJS))
FSCK_OBJECTS := $(addprefix $(B)/,$(FSCK_OBJS))
mkfs_flags := $(HOSTCC) $(MKFS_FLAGS) $(MKFS_OBJS) $(FSCK_OBJS)
$(eval $(call stamp,$(B)/mkfs.flags,mkfs_flags))

$(B)/mkfs/%.o: mkfs/%.c $(B)/mkfs.flags
	$(call run,HOSTCC,$(HOSTCC) $(MKFS_FLAGS) -c -o $@ $<)

$(MKFS): $(MKFS_OBJECTS)
$(FSCK): $(FSCK_OBJECTS)
$(MKFS) $(FSCK): $(B)/mkfs.flags $(BUILD)/mode
	$(call run,HOSTLD,$(HOSTCC) -o $@ $(filter %.o,$^))

# Each test is a program of the sources that its files.mk names, and so is
# each tool that a test in Python runs.
HOST_TEST_PROGRAMS := $(addprefix $(B)/host/,$(HOST_TESTS))
HOST_TOOL_PROGRAMS := $(addprefix $(B)/host/,$(HOST_TOOLS))
host_names := $(HOST_TESTS) $(HOST_TOOLS)
HOST_TEST_SOURCES := $(sort $(foreach t,$(host_names),$($t_SRCS)))
host_flags := $(HOSTCC) $(HOST_TEST_FLAGS)
host_list := $(foreach t,$(host_names),$t $($t_SRCS))
$(eval $(call stamp,$(B)/host.flags,host_flags))
$(eval $(call stamp,$(B)/host.list,host_list))

$(B)/host/%.o: %.c $(B)/host.flags
	$(call run,HOSTCC,$(HOSTCC) $(HOST_TEST_FLAGS) -c -o $@ $<)

$(foreach t,$(host_names),\
  $(eval $(B)/host/$t: $(patsubst %.c,$(B)/host/%.o,$($t_SRCS))))

$(HOST_TEST_PROGRAMS) $(HOST_TOOL_PROGRAMS): $(B)/host.list
	$(call run,HOSTLD,$(HOSTCC) $(HOST_TEST_FLAGS) $(unsolved_link) -o $@ \
	  $(filter %.o,$^))

.PHONY: host-tests print-host-tests print-host-tools
host-tests: $(HOST_TEST_PROGRAMS)

print-host-tests:
	@printf '%s\n' $(HOST_TEST_PROGRAMS)

print-host-tools:
	@printf '%s\n' $(HOST_TOOL_PROGRAMS)

-include $(patsubst %.c,$(B)/host/%.d,$(HOST_TEST_SOURCES))
-include $(MKFS_OBJECTS:.o=.d) $(FSCK_OBJECTS:.o=.d)
