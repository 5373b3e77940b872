# User programs and the disk image. Every user/NAME.c, and every folder
# user/NAME with C files in it, is a program; where there are both, the file is
# it. user/lib is their library. Every tests/programs/NAME.c is one for tests and
# benchmarks alone, which goes on an image of its own, beside all others.

all: $(IMAGE)

PROGRAM_FILES := $(wildcard user/*.c)
PROGRAM_SOURCES := $(PROGRAM_FILES) $(filter-out user/lib/% \
  $(PROGRAM_FILES:.c=/%),$(wildcard user/*/*.c))
PROGRAM_NAMES := $(sort $(foreach s,$(PROGRAM_SOURCES),\
  $(basename $(firstword $(subst /, ,$(s:user/%=%))))))
PROGRAMS := $(addprefix $(TOP)user/_,$(PROGRAM_NAMES))
DEVICES := $(filter console statistics counters sink,$(PROGRAM_NAMES))
ifneq ($(DEVICES),)
$(error user/$(firstword $(DEVICES)).c: the disk has a device of this name)
endif
TEST_PROGRAM_SOURCES := $(wildcard tests/programs/*.c)
TEST_PROGRAM_NAMES := $(patsubst tests/programs/%.c,%,$(TEST_PROGRAM_SOURCES))
TEST_PROGRAMS := $(TEST_PROGRAM_NAMES:%=$(B)/tests/programs/_%)
program_objects = $(patsubst %.c,$(B)/%.o,$(filter user/$1.c user/$1/%.c,\
  $(PROGRAM_SOURCES)))

ULIB_OBJECTS := $(addprefix $(B)/,$(ULIB_OBJS))
ULIB := $(B)/user/libuser.a

user_flags := $(CC_VERSION) $(USER_FLAGS)
ulib_list := $(AR) $(ULIB_OBJS)
program_link := $(LD) $(LINK_FLAGS) $(PROGRAM_SOURCES) $(TEST_PROGRAM_SOURCES)
$(eval $(call stamp,$(B)/user.flags,user_flags))
$(eval $(call stamp,$(B)/ulib.list,ulib_list))
$(eval $(call stamp,$(B)/program.link,program_link))

$(B)/user/%.o: user/%.c $(B)/user.flags
	$(call run,CC,$(CC) $(USER_FLAGS) -c -o $@ $<)

$(B)/user/%.o: user/%.S $(B)/user.flags
	$(call run,AS,$(CC) $(USER_FLAGS) -c -o $@ $<)

$(B)/tests/programs/%.o: tests/programs/%.c $(B)/user.flags
	$(call run,CC,$(CC) $(USER_FLAGS) -c -o $@ $<)

$(ULIB): $(ULIB_OBJECTS) $(B)/ulib.list
	$(call run,AR,rm -f $@ && $(AR) rcs $@ $(ULIB_OBJECTS))

$(foreach p,$(PROGRAM_NAMES),\
  $(eval $(TOP)user/_$p: $(call program_objects,$p)))

$(TEST_PROGRAMS): $(B)/tests/programs/_%: $(B)/tests/programs/%.o

$(PROGRAMS) $(TEST_PROGRAMS): user/user.ld $(ULIB) $(B)/program.link \
    $(BUILD)/mode
	$(call run,LD,$(LD) $(LINK_FLAGS) -T user/user.ld -o $@ \
	  $(filter %.o,$^) $(ULIB))

# On the disk they are without what only gdb reads: a file has at most 268
# blocks.
ON_DISK := $(PROGRAM_NAMES:%=$(B)/disk/_%)
TEST_ON_DISK := $(TEST_PROGRAM_NAMES:%=$(B)/tests/disk/_%)
without_symbols = $(call run,STRIP,$(OBJCOPY) --strip-all $< $@)

$(B)/disk/_%: $(TOP)user/_%
	$(without_symbols)

$(B)/tests/disk/_%: $(B)/tests/programs/_%
	$(without_symbols)

# A running system changes its disk, and the changes stay until one of these
# inputs does.
$(IMAGE): $(MKFS) README $(ON_DISK) $(B)/program.link
	$(call run,MKFS,$(MKFS) $@ README $(ON_DISK))

# A program dropped in does not take the place of one that a test asks for.
TEST_IMAGE := $(B)/tests/fs.img
ON_TEST_DISK := $(TEST_ON_DISK) \
  $(filter-out $(TEST_PROGRAM_NAMES:%=$(B)/disk/_%),$(ON_DISK))

.PHONY: test-image
test-image: $(TEST_IMAGE)

$(TEST_IMAGE): $(MKFS) README $(ON_TEST_DISK) $(B)/program.link
	$(call run,MKFS,$(MKFS) $@ README $(ON_TEST_DISK))

-include $(patsubst %.c,$(B)/%.d,$(PROGRAM_SOURCES) $(TEST_PROGRAM_SOURCES))
-include $(ULIB_OBJECTS:.o=.d)
