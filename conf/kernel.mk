# The kernel, linked twice: the second pass has the names of its functions
# inside, taken from the first. What BIOS decides is the link alone: for OpenSBI
# it begins where that hands over, and lacks our firmware.

all: $(KERNEL) $(SYMBOL_LIST)

LINKED_OBJS := $(KERNEL_OBJS) $(if $(LINK),,$(FIRMWARE_OBJS))
LINK_BASE := $(if $(LINK),-DLINK_BASE=0x80200000)

KERNEL_LIB_OBJS += conf/debug.o conf/latency.o

KERNEL_OBJECTS := $(addprefix $(B)/,$(LINKED_OBJS))
KERNEL_LIB_OBJECTS := $(addprefix $(B)/,$(KERNEL_LIB_OBJS))
KERNEL_LIB := $(B)/kernel/kernel.a
KERNEL_SCRIPT := $(B)/kernel/kernel$(LINK).ld
PASS1 := $(B)/kernel/pass1$(LINK)
SYMBOLS := $(B)/symbols/all$(LINK)
OFFSETS := $(B)/include/offsets.h
KERNEL_COMPILE = $(CC) $(KERNEL_FLAGS) -iquote $(B)/include

kernel_flags := $(CC_VERSION) $(KERNEL_FLAGS)
kernel_link := $(LD) $(KERNEL_LINK_FLAGS) $(LINKED_OBJS)
kernel_lib := $(AR) $(KERNEL_LIB_OBJS)
$(eval $(call stamp,$(B)/kernel.flags,kernel_flags))
$(eval $(call stamp,$(B)/kernel.lib,kernel_lib))
$(eval $(call stamp,$(B)/kernel$(LINK).link,kernel_link))

$(B)/kernel/%.o: kernel/%.c $(B)/kernel.flags
	$(call run,CC,$(KERNEL_COMPILE) -c -o $@ $<)

$(B)/conf/%.o: conf/%.c $(B)/kernel.flags
	$(call run,CC,$(KERNEL_COMPILE) -c -o $@ $<)

$(B)/kernel/%.o: kernel/%.S $(B)/kernel.flags | $(OFFSETS)
	$(call run,AS,$(KERNEL_COMPILE) -c -o $@ $<)

# Offsets of C structures for assembly: offsets.c becomes assembly with lines
# "->NAME value", and these become macros.
$(B)/kernel/offsets.s: kernel/boot/offsets.c $(B)/kernel.flags
	$(call run,CC,$(KERNEL_COMPILE) -S -o $@ $<)

$(OFFSETS): $(B)/kernel/offsets.s conf/offsets
	$(call run,GEN,sh conf/offsets <$< >$@)

$(KERNEL_SCRIPT): kernel/boot/kernel.ld.S $(B)/kernel.flags
	$(call run,CPP,$(KERNEL_COMPILE) -MT $@ -MF $@.d -E -P \
	  $(LINK_BASE) -x assembler-with-cpp -o $@ $<)

# What is called behind `if (DEBUG)` or `if (LATENCY)` only: a library is linked
# where a call is left, which depends on the optimizer, too.
$(KERNEL_LIB): $(KERNEL_LIB_OBJECTS) $(B)/kernel.lib
	$(call run,AR,rm -f $@ && $(AR) rcs $@ $(KERNEL_LIB_OBJECTS))

# $(call link_kernel,SYMBOLS): link into the target.
link_kernel = $(LD) $(KERNEL_LINK_FLAGS) -T $(KERNEL_SCRIPT) -o $@ \
  $(KERNEL_OBJECTS) $1 $(KERNEL_LIB)
KERNEL_INPUTS := $(KERNEL_OBJECTS) $(KERNEL_LIB) $(KERNEL_SCRIPT) \
  $(B)/kernel$(LINK).link

$(B)/symbols/none.c: conf/symbols
	$(call run,GEN,sh conf/symbols </dev/null >$@)

$(SYMBOLS).c: $(PASS1) conf/symbols
	$(call run,GEN,$(NM) $< | sh conf/symbols >$@)

$(B)/symbols/%.o: $(B)/symbols/%.c $(B)/kernel.flags
	$(call run,CC,$(KERNEL_COMPILE) -c -o $@ $<)

$(PASS1): $(KERNEL_INPUTS) $(B)/symbols/none.o
	$(call run,LD,$(call link_kernel,$(B)/symbols/none.o))

# The table must be true of the kernel that it ends up in.
$(KERNEL): $(KERNEL_INPUTS) $(SYMBOLS).o $(BUILD)/mode
	$(call run,LD,$(call link_kernel,$(SYMBOLS).o))
	@$(NM) $@ | sh conf/symbols | cmp -s - $(SYMBOLS).c || \
	  { echo 'kernel: text moved between the two links' >&2; false; }

# An address and a name on each line: scripts that know gdb's protocol, but no
# ELF, look up where to stop.
$(SYMBOL_LIST): $(KERNEL)
	$(call run,NM,$(NM) -n $< | sed 's/ . / /' >$@)

HOST_TESTS += conf/debug_test
conf/debug_test_SRCS := conf/debug_test.c conf/debug.c tests/host/stubs.c

-include $(patsubst %.o,%.d,$(KERNEL_OBJECTS) $(KERNEL_LIB_OBJECTS))
-include $(B)/kernel/offsets.d $(KERNEL_SCRIPT).d
-include $(B)/symbols/none.d $(SYMBOLS).d
