# Where output goes. Objects are kept in a folder for each mode, so that
# changing the mode and back compiles nothing twice; the products stand at
# the names that scripts know, and are those of the last make.
#   O=DIR  everything goes below DIR, nothing into the tree
#   V=1    show the commands
#   BIOS=sbi  the kernel that OpenSBI boots, of the same objects

ifneq ($(word 2,$(O)),)
$(error O=$(O): the folder's name must have no blanks)
endif

BUILD := $(or $(O),build)
TOP := $(if $(O),$(O)/)
$(foreach v,DEBUG LATENCY STRICT UNSOLVED,$(if $(filter-out 0 1,$($v)),\
  $(error $v=$($v): it is 1, or 0 as without it)))
ifeq ($(DEBUG)$(LATENCY),11)
$(error DEBUG=1 LATENCY=1: what is measured is a release build)
endif
MODE := $(COMPILER)$(if $(filter 1,$(DEBUG)),-debug)$(if \
  $(filter 1,$(LATENCY)),-latency)
B := $(BUILD)/$(MODE)

BIOS ?= none
ifeq ($(filter none sbi,$(BIOS)),)
$(error BIOS=$(BIOS): the firmware is none (our own) or sbi (OpenSBI))
endif
LINK := $(if $(filter sbi,$(BIOS)),-sbi)# what tells its files apart

KERNEL := $(TOP)kernel/kernel$(LINK)
SYMBOL_LIST := $(KERNEL).sym
IMAGE := $(TOP)fs.img
MKFS := $(TOP)mkfs/mkfs
FSCK := $(TOP)mkfs/fsck

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE all
FORCE:

# $(call run,WORD,COMMAND): make the target, in a folder that may be new.
say := $(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)
hide := $(if $(filter 1,$(V)),,@)
run = @mkdir -p $(@D)$(if $(hide),; $(say) '  $1	$@')$(newline)$(hide)$2
define newline


endef

# $(call stamp,FILE,VARIABLE): a rule for FILE, which holds the variable's
# words and is remade when they differ. What depends on flags or on a list of
# names depends on such a file. (Some makes leave the newline on what they
# read from a file.)
same = $(and $(findstring x$1x,x$2x),$(findstring x$2x,x$1x))
define stamp
$1: $$(if $$(call same,$$(strip $$(file <$1)),$$(strip $$($2))),,FORCE)
	@mkdir -p $$(@D)
	@echo '$$(strip $$($2))' >$$@
endef

# The mode that the products are of.
products := $(MODE)
$(eval $(call stamp,$(BUILD)/mode,products))
