# Find the programs that build and run the system. Each can be given:
#   make CC=clang
#   make TOOLPREFIX=riscv64-unknown-elf-
#   make QEMU=/opt/qemu/bin/qemu-system-riscv64

ifneq ($(filter 3.% 4.0% 4.1%,$(MAKE_VERSION)),)
$(error GNU Make 4.2 or newer is needed; this is $(MAKE_VERSION))
endif

# Who starts make below us starts this one: where it is called gmake, the one
# called make is often old.
export MAKE := $(MAKE_COMMAND)

# The first of these commands that exists.
find_command = $(firstword $(foreach c,$1,$(shell command -v $c)))

# What the tools' names may begin with; conf/setup reads it, too.
TOOLPREFIXES := $(file <conf/prefixes)

# CC counts on make's command line only: in the environment it usually names
# the compiler for this machine.
ifneq ($(origin CC),command line)
  ifndef TOOLPREFIX
    TOOLPREFIX := $(or $(patsubst %gcc,%,$(notdir $(call find_command,\
      $(addsuffix gcc,$(TOOLPREFIXES))))),$(firstword $(TOOLPREFIXES)))
  endif
  CC := $(TOOLPREFIX)gcc
endif

# Goals that compile nothing do without a compiler.
BUILD_GOALS := $(filter-out clean help print-gdbport print-qemu format \
  check-format figures test test-all test-class test-debian mutants grade \
  handout autograder test-autograder bench bench-page print-python \
  $(if $(LOG),show),$(or $(MAKECMDGOALS),all))

ifneq ($(BUILD_GOALS),)
  ifeq ($(shell command -v $(CC)),)
    $(error no RISC-V compiler: $(CC) is not found. Try: sh conf/setup)
  endif
  COMPILER := $(if $(findstring clang,$(notdir $(CC))),clang,gcc)
  CC_VERSION := $(shell $(CC) --version | head -n 1)
  CC_TARGET := $(if $(filter clang,$(COMPILER)),--target=riscv64-unknown-elf)
  ifneq ($(shell sh conf/compiler $(CC) $(CC_TARGET)),ok)
    $(error gcc 11 or newer for RISC-V is needed, or CC=clang; $(CC) is \
      $(CC_VERSION). Try: sh conf/setup)
  endif

  # The compiler knows where its other tools are.
  cc_tool = $(shell $(CC) -print-prog-name=$1)
  ifeq ($(COMPILER),clang)
    LD := $(call cc_tool,ld.lld)
    AR := $(call cc_tool,llvm-ar)
    NM := $(call cc_tool,llvm-nm)
    OBJCOPY := $(call cc_tool,llvm-objcopy)
  else
    LD := $(call cc_tool,ld)
    AR := $(call cc_tool,ar)
    NM := $(call cc_tool,nm)
    OBJCOPY := $(call cc_tool,objcopy)
  endif
endif

# For mkfs and the tests that run on this machine.
HOSTCC ?= cc

QEMU ?= $(or $(call find_command,qemu-system-riscv64),qemu-system-riscv64)

GDB ?= $(or $(notdir $(call find_command,gdb-multiarch \
  $(addsuffix gdb,$(TOOLPREFIXES)))),gdb)

# The same rule as in conf/setup.
PYTHON ?= $(or $(firstword $(foreach p,python3 /usr/bin/python3,\
  $(shell $p -c 'import pytest, pexpect' 2>/dev/null && echo $p))),python3)
