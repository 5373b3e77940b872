# User programs and the disk image. Every user/NAME.c, and every folder
# user/NAME with C files in it, is a program; user/lib is their library.

all: $(IMAGE)

PROGRAM_SOURCES := $(wildcard user/*.c) $(filter-out user/lib/%,\
  $(wildcard user/*/*.c))
PROGRAM_NAMES := $(sort $(foreach s,$(PROGRAM_SOURCES),\
  $(basename $(firstword $(subst /, ,$(s:user/%=%))))))
PROGRAMS := $(addprefix $(TOP)user/_,$(PROGRAM_NAMES))
program_objects = $(patsubst %.c,$(B)/%.o,$(filter user/$1.c user/$1/%.c,\
  $(PROGRAM_SOURCES)))

ULIB_OBJECTS := $(addprefix $(B)/,$(ULIB_OBJS))
ULIB := $(B)/user/libuser.a

ulib_flags := $(CC_VERSION) $(ULIB_FLAGS)
ulib_list := $(AR) $(ULIB_OBJS)
program_flags := $(CC_VERSION) $(PROGRAM_FLAGS)
program_link := $(LD) $(LINK_FLAGS) $(PROGRAM_SOURCES)
$(eval $(call stamp,$(B)/ulib.flags,ulib_flags))
$(eval $(call stamp,$(B)/ulib.list,ulib_list))
$(eval $(call stamp,$(B)/program.flags,program_flags))
$(eval $(call stamp,$(B)/program.link,program_link))

$(B)/user/lib/%.o: user/lib/%.c $(B)/ulib.flags
	$(call run,CC,$(CC) $(ULIB_FLAGS) -c -o $@ $<)

$(B)/user/lib/%.o: user/lib/%.S $(B)/ulib.flags
	$(call run,AS,$(CC) $(ULIB_FLAGS) -c -o $@ $<)

$(B)/user/%.o: user/%.c $(B)/program.flags
	$(call run,CC,$(CC) $(PROGRAM_FLAGS) -c -o $@ $<)

$(ULIB): $(ULIB_OBJECTS) $(B)/ulib.list
	$(call run,AR,rm -f $@ && $(AR) rcs $@ $(ULIB_OBJECTS))

$(foreach p,$(PROGRAM_NAMES),\
  $(eval $(TOP)user/_$p: $(call program_objects,$p)))

$(PROGRAMS): user/user.ld $(ULIB) $(B)/program.link $(BUILD)/mode
	$(call run,LD,$(LD) $(LINK_FLAGS) -T user/user.ld -o $@ \
	  $(filter %.o,$^) $(ULIB))

# On the disk they are without what only gdb reads: a file has at most 268
# blocks.
ON_DISK := $(addprefix $(B)/disk/_,$(PROGRAM_NAMES))

$(B)/disk/_%: $(TOP)user/_%
	$(call run,STRIP,$(OBJCOPY) --strip-all $< $@)

# A running system changes its disk, and the changes stay until one of these
# inputs does.
$(IMAGE): $(MKFS) README $(ON_DISK) $(B)/program.link
	$(call run,MKFS,$(MKFS) $@ README $(ON_DISK))

-include $(patsubst %.c,$(B)/%.d,$(PROGRAM_SOURCES)) $(ULIB_OBJECTS:.o=.d)
